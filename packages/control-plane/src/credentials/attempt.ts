import { Fault, toFault } from '@leat/connector-kit'
import { ApiProblem } from '../http/problem.ts'
import type { ProbeTarget } from './connection-tester.ts'

export interface OpenTarget extends Omit<ProbeTarget, 'signal'> {
  readonly secrets: readonly string[]
}

/** Faults leave with every secret of the credential struck out, whatever a driver put into its message. */
export async function attempt<T>(
  { secrets, ...target }: OpenTarget,
  signal: AbortSignal,
  work: (target: ProbeTarget) => Promise<T>,
): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  signal.addEventListener('abort', () => reject(tooLate(signal)), { once: true })
  try {
    return await Promise.race([work({ ...target, signal }), late])
  } catch (thrown) {
    if (thrown instanceof ApiProblem) throw thrown
    const fault = toFault(thrown)
    const message = secrets
      .filter((secret) => secret.length >= 4)
      .reduce((text, secret) => text.replaceAll(secret, '(secret)'), fault.message)
    throw new Fault({
      kind: fault.kind,
      code: fault.code,
      message,
      ...(fault.field === undefined ? {} : { field: fault.field }),
      ...(fault.retryAfterMs === undefined ? {} : { retryAfterMs: fault.retryAfterMs }),
      cause: thrown,
    })
  }
}

function tooLate(signal: AbortSignal): Fault {
  const timedOut = signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError'
  if (!timedOut) return new Fault({ kind: 'cancelled', code: 'probe.cancelled', message: 'The client went away.' })
  return new Fault({
    kind: 'transient',
    code: 'probe.timed_out',
    message:
      'The system did not answer in time. Check address, port and firewall, or probe with async=true and ask again.',
  })
}
