import { Fault } from '@leat/connector-kit'

/** The process is about to end: the job goes to another worker at once. */
export const draining = new Fault({
  kind: 'cancelled',
  code: 'worker.draining',
  message: 'The worker is shutting down.',
})
/** This worker was taken for dead: the job has another holder already. */
export const leaseLost = new Fault({
  kind: 'fenced',
  code: 'worker.lease_lost',
  message: 'Another worker has taken over the job.',
})

/** The run of a stream is over; the job is handed back, so that whoever takes it ends the run or begins the next. */
export const runOver = new Fault({ kind: 'cancelled', code: 'worker.run_over', message: 'The run is over.' })

/** Why a worker gives up a job in the middle, or null when it does not. */
export function abandonment(signal: AbortSignal): 'draining' | 'lost' | null {
  if (!signal.aborted) return null
  return signal.reason === leaseLost ? 'lost' : 'draining'
}
