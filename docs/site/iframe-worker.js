// Browsers start no worker for a page that is a file. Search then runs in a frame of the page, which is the same to it.
if (location.protocol === "file:") {
  window.IFrameWorker = window.Worker = class extends EventTarget {
    constructor(script) {
      super()
      const frame = document.createElement("iframe")
      frame.hidden = true
      frame.title = "search"
      frame.srcdoc = `<script>self.postMessage = data => frameElement.answer(data)</script><script src="${script}"></script>`
      frame.answer = data => this.dispatchEvent(new MessageEvent("message", { data }))
      this.worker = new Promise(ready => frame.addEventListener("load", () => ready(frame.contentWindow)))
      document.documentElement.append(frame)
    }

    async postMessage(data) {
      const worker = await this.worker
      worker.dispatchEvent(new worker.MessageEvent("message", { data }))
    }

    async terminate() {
      (await this.worker).frameElement.remove()
    }
  }
}
