import { readFileSync } from 'node:fs'

/*
 * Loaded before the program of a process (`--import`) whose wall clock the suite sets: the file says by how many milliseconds it is wrong, and
 * is looked at again and again. Timers and performance.now go on as they do when a real clock is set.
 */
const file = process.env['LEAT_SUITE_CLOCK']
if (file !== undefined) {
  const RealDate = Date
  let wrong = 0
  const look = (): void => {
    wrong = Number(readFileSync(file, 'utf8'))
  }
  look()
  setInterval(look, 20).unref()
  globalThis.Date = class extends RealDate {
    constructor(...values: readonly unknown[]) {
      if (values.length === 0) super(RealDate.now() + wrong)
      else super(...(values as [number]))
    }

    static override now(): number {
      return RealDate.now() + wrong
    }
  } as DateConstructor
}
