graph [
  node [
    id 0
    label "Z&#252;rich"
  ]
  node [
    id 1
    label "Bern"
  ]
  edge [
    source 0
    target 1
  ]
]