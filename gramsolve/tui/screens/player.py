"""A screen that plays runs: sessions that record, a playback head over them, a clock, and the keys of both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic
from typing import ClassVar

from textual.binding import Binding, BindingType

from gramsolve.tui.runs.playback import USUAL, Playback
from gramsolve.tui.runs.session import Session
from gramsolve.tui.runs.source import EventSource, LiveSource
from gramsolve.tui.screens.app_screen import AppScreen
from gramsolve.tui.screens.text import TextView
from gramsolve.tui.view.staleness import Key, LastKey, ScreenKey, run_key
from gramsolve.tui.view.view_state import DrawStyle, ViewState
from gramsolve.tui.widgets.status_lines import Transport


def playback_bindings(
    screen: str, *, play: str = "play or pause", start: str = "to the puzzle", forward: str = "", back: str = ""
) -> list[BindingType]:
    """The keys of the playback head. ``forward`` and ``back`` are more keys for one step, such as ``,right``."""

    def hidden(key: str, action: str, name: str, tooltip: str, id: str) -> Binding:
        return Binding(key, action, name, show=False, tooltip=tooltip, id=f"{screen}.{id}")

    step = "full_stop,right_square_bracket,n" + forward
    return [
        Binding("space", "play", "Play", tooltip=play, id=f"{screen}.play"),
        Binding(step, "step(1)", "Step", key_display=". ,", tooltip="one step forward", id=f"{screen}.forward"),
        hidden("comma,left_square_bracket,b" + back, "step(-1)", "Back", "one step back", "back"),
        hidden("plus,equals_sign", "speed(1)", "Faster", "faster", "faster"),
        hidden("minus,underscore", "speed(-1)", "Slower", "slower", "slower"),
        hidden("home,0", "seek(0)", "Start", start, "start"),
        hidden("e,end", "end", "End", "to the newest step", "end"),
    ]


def scroll_bindings(screen: str) -> list[BindingType]:
    """The keys that scroll boards which do not all fit."""
    tooltip = "scroll, where there are more than fit"
    return [
        Binding("k,up", "scroll(-4)", show=False, tooltip=tooltip, id=f"{screen}.up"),
        Binding("j,down", "scroll(4)", show=False, tooltip=tooltip, id=f"{screen}.down"),
    ]


class PlayerScreen(AppScreen):
    """Polls the recorders of its sessions, moves the playback head and draws when its ``ScreenKey`` has changed.

    Subclasses implement ``state_of``, the view state of a run, and ``draw``, which is called with the states of all.

    Args:
        sources: one for each run.
        level: speed of playback, an index of ``playback.SPEEDS``.
    """

    RATE: ClassVar[float] = 1 / 12
    """Seconds between two looks at the recorders."""

    def __init__(self, sources: Sequence[EventSource], style: DrawStyle, level: int = USUAL) -> None:
        super().__init__(style)
        self._playback = Playback(level=level)
        self._sessions = tuple(Session(source) for source in sources)
        self._clock = monotonic()
        self._drawn = LastKey()

    @property
    def sessions(self) -> Sequence[Session]:
        return self._sessions

    @property
    def session(self) -> Session:
        """The run, on a screen that has one."""
        return self.sessions[0]

    @property
    def playback(self) -> Playback:
        """The playback head over all runs."""
        return self._playback

    def on_mount(self) -> None:
        for session in self._sessions:
            session.start()
        self._clock = monotonic()
        self.set_interval(self.RATE, self.tick)
        self.tick()

    def on_unmount(self) -> None:
        self.stop()

    def stop(self) -> None:
        """Ask every run to end."""
        for session in self.sessions:
            session.stop()

    def restart(self, sources: Sequence[EventSource]) -> None:
        """Stop the present runs and play others."""
        self.stop()
        self._sessions = tuple(Session(source) for source in sources)
        self._playback = Playback(level=self.playback.level)
        for session in self._sessions:
            session.start()
        self.redraw()

    def change_sources(self, change: Callable[[LiveSource], LiveSource]) -> None:
        """Play the present runs with a change. Does nothing if one is no live run, or if the change makes none."""
        sources = [session.source for session in self._sessions]
        live = [source for source in sources if isinstance(source, LiveSource)]
        changed = [change(source) for source in live]
        if len(live) == len(sources) and changed != live:
            self.restart(changed)

    # Time

    def tick(self) -> None:
        """Let time pass, and draw what has changed."""
        self.pass_time()
        self.redraw()

    def pass_time(self) -> None:
        """Move the playback head by the time since the last call."""
        now = monotonic()
        passed, self._clock = now - self._clock, now
        self.advance(passed)

    def advance(self, seconds: float) -> None:
        self.playback.advance(seconds, self.last)

    @property
    def last(self) -> int:
        """The last step that all runs have. A run that is complete stays at its end while others go on."""
        ends = [len(session.recorder.frames) for session in self.sessions if not session.recorder.closed]
        return min(ends) if ends else max((len(session.recorder.frames) for session in self.sessions), default=0)

    @property
    def complete(self) -> bool:
        """Nothing more comes from any run."""
        return all(session.recorder.closed for session in self.sessions)

    # Drawing

    def state_of(self, session: Session) -> ViewState:
        """A run at the position of the playback head."""
        raise NotImplementedError

    def view_state(self) -> ViewState:
        """The state of the run, on a screen that has one."""
        return self.state_of(self.session)

    def runs(self) -> list[tuple[str, ViewState]]:
        """Names and states of the runs; the name of a single run is empty."""
        return [("", self.view_state())]

    def redraw(self) -> None:
        """Draw if anything has changed."""
        states = [self.state_of(session) for session in self._sessions]
        if self.is_mounted and self.fits and self._drawn.changed(self.screen_key(states)):
            self.draw(states)

    def draw(self, states: Sequence[ViewState]) -> None:
        """Hand the states to the panels."""

    def screen_key(self, states: Sequence[ViewState], more: Key = ()) -> ScreenKey:
        """What the picture depends on; ``more`` is what only this kind of screen shows."""
        runs = zip(self._sessions, states, strict=True)
        return ScreenKey(
            tuple(run_key(run, state, run.recorder.stage, run.recorder.error) for run, state in runs),
            (self.playback.playing, self.playback.level),
            self.size,
            self.style,
            more,
        )

    def update_transport(self) -> Transport:
        """Tell the line of the playback head how it plays; the caller shows it a state."""
        transport = self.query_one(Transport)
        transport.playing, transport.speed = self.playback.playing, self.playback.speed_label
        return transport

    # Keys

    def action_play(self) -> None:
        self.playback.toggle(self.last, self.complete)
        self.redraw()

    def action_step(self, steps: int) -> None:
        self.action_seek(self.playback.position + steps)

    def action_seek(self, position: int) -> None:
        self.playback.seek(position, self.last)
        self.redraw()

    def action_end(self) -> None:
        self.action_seek(self.last)

    def action_speed(self, direction: int) -> None:
        self.playback.faster(direction)
        self.redraw()

    def set_speed(self, level: int) -> None:
        """Play at another speed."""
        self.playback.level = level

    def action_reseed(self) -> None:
        self.change_sources(LiveSource.reseeded)

    def action_width(self, direction: int) -> None:
        self.change_sources(lambda source: source.resized(direction))

    def action_read(self) -> None:
        self.app.push_screen(TextView(self, 0))
