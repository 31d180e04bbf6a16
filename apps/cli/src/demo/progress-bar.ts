import type { Streams } from '../output.ts'

/** A line on the terminal that is drawn again in place; elsewhere one line for each step. */
export class ProgressBar {
  readonly #stream: Streams['stderr']
  #step = ''
  #drawnAt = 0

  constructor(stream: Streams['stderr']) {
    this.#stream = stream
  }

  /** `share` from 0 to 1; without it there is no bar. */
  show(step: string, share?: number, detail = ''): void {
    const changed = step !== this.#step
    if (!this.#stream.isTTY) {
      if (changed) this.#stream.write(`${step}\n`)
    } else {
      const now = performance.now()
      // Ten times a second is enough for eyes.
      if (!changed && now - this.#drawnAt < 100 && share !== 1) return
      if (changed && this.#step !== '') this.#stream.write('\n')
      this.#stream.write(`\r\u001b[2K${step.padEnd(34)} ${share === undefined ? '' : bar(share)} ${detail}`.trimEnd())
      this.#drawnAt = now
    }
    this.#step = step
  }

  /** Leaves the last line standing. */
  end(): void {
    if (this.#stream.isTTY && this.#step !== '') this.#stream.write('\n')
    this.#step = ''
  }
}

function bar(share: number): string {
  const whole = 28
  const done = Math.round(Math.min(Math.max(share, 0), 1) * whole)
  return `${'█'.repeat(done)}${'░'.repeat(whole - done)} ${String(Math.floor(share * 100)).padStart(3)} %`
}
