import { setTimeout as pause } from 'node:timers/promises'

/**
 * The first answer of `what` that is neither undefined, null nor false; it is asked again and again. Throws after `seconds`, so that what never comes is
 * told by the test that waits for it.
 */
export async function until<T>(what: () => Promise<T | undefined | null | false>, seconds = 90): Promise<T> {
  const deadline = Date.now() + seconds * 1000
  while (Date.now() < deadline) {
    const value = await what()
    if (value !== undefined && value !== null && value !== false) return value
    await pause(50)
  }
  throw new Error(`what was waited for did not come within ${seconds} s`)
}
