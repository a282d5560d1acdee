"""MNIST digits for gramsolve."""

from gramsolve_mnist.task import Mnist

__all__ = ["Mnist"]
