import { AuthenticationError, AuthorizationError, ConnectionError, NexlaError } from '@leat/sdk'
import { UsageError } from './usage-error.ts'

/** What the process ends with; `--help` shows this table. */
export const exitCodes = { ok: 0, failure: 1, usage: 2, unreachable: 3, refused: 4, interrupted: 130 } as const
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

export const exitCodeHelp = `
Exit codes:
  0  done
  1  it failed
  2  the command line is wrong
  3  the server cannot be reached
  4  the server refused the key, or the role does not allow it
  130  interrupted`

export interface Failure {
  readonly code: ExitCode
  /** For a person; the first line says what happened, the others what to do. */
  readonly lines: readonly string[]
}

/** What to print and to end with after `thrown`. */
export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof UsageError) return { code: exitCodes.usage, lines: thrown.message.split('\n') }
  if (thrown instanceof ConnectionError)
    return {
      code: exitCodes.unreachable,
      lines: [thrown.message, 'Start the server with ./leat start, or name another one with --url or NEXLA_API_URL.'],
    }
  if (thrown instanceof AuthenticationError || thrown instanceof AuthorizationError)
    return { code: exitCodes.refused, lines: [thrown.message, ...detailLines(thrown)] }
  if (thrown instanceof NexlaError) return { code: exitCodes.failure, lines: [thrown.message, ...detailLines(thrown)] }
  return { code: exitCodes.failure, lines: [thrown instanceof Error ? thrown.message : String(thrown)] }
}

function detailLines({ message: whole, details, request_id, status_code }: NexlaError): string[] {
  // With one wrong field the message says it all.
  const more = details.filter(({ message, nearest }) => nearest || !whole.includes(message))
  const fields = more.map(
    ({ field, message, nearest }) => `  ${field}: ${message}${nearest ? ` (nearest: ${nearest})` : ''}`,
  )
  const serverSide = status_code !== undefined && status_code >= 500 && request_id !== undefined
  return serverSide ? [...fields, `The log of the server has more under request_id ${request_id}.`] : fields
}
