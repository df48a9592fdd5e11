// A button that stops what moves: each picture then shows the still that reduced motion shows.
const stills = document.querySelectorAll("source[data-still]")
if (stills.length) {
  const reduced = matchMedia("(prefers-reduced-motion: reduce)")
  const button = document.createElement("button")
  button.className = "motion md-button"
  let stopped = reduced.matches
  const show = () => {
    button.textContent = stopped ? "Move" : "Stop moving"
    for (const still of stills) still.media = stopped ? "all" : "not all"
  }
  const turn = stop => { stopped = stop; show() }
  button.addEventListener("click", () => turn(!stopped))
  reduced.addEventListener("change", event => turn(event.matches))
  show()
  document.querySelector(".md-content__inner").prepend(button)
}
