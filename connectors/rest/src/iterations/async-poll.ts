import { restFault } from '../faults.ts'
import { cursorText, type Iteration } from './iteration.ts'

export interface PollOptions {
  readonly path: string
  /** Statuses that end the wait, separated by commas. */
  readonly wanted: string
}

const firstPauseMs = 500
const longestPauseMs = 30_000
const failures = /^(failed|failure|error|cancell?ed|aborted|expired)$/i

/** Asks for the status of a job, ever less often, until it is the wanted one. Only that last answer delivers records. */
export function asyncPoll({ path, wanted }: PollOptions): Iteration {
  const ends = wanted.split(',').map((one) => one.trim().toLowerCase())
  return {
    repeats: true,
    first: () => ({ ask: 0 }),
    request: (draft) => draft,
    pause: (state) => {
      const ask = Number(state['ask'])
      return ask === 0 ? 0 : Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(ask - 1, 10))
    },
    delivers: (page) => ends.includes((cursorText(page.value(path)) ?? '').toLowerCase()),
    next: (page, state) => {
      const status = cursorText(page.value(path)) ?? ''
      if (ends.includes(status.toLowerCase())) return { end: `The job is ${status}.` }
      if (failures.test(status)) throw restFault('job_failed', { request: page.label, status, wanted })
      return { state: { ask: Number(state['ask']) + 1 } }
    },
  }
}
