import type { Fault } from '@leat/connector-kit'
import { configFault } from './config-fault.ts'

const kinds =
  /^(Binder|Catalog|Parser|Syntax|Not implemented|Permission|Invalid Input|Conversion|Out of Range) Error: ?/i
const userKinds = /^(Binder|Catalog|Parser|Syntax|Not implemented|Permission) Error/i

/**
 * What DuckDB says about a statement of a transform, as a config fault of `field`: a column that is not there, types that do not
 * fit. Null for errors that are not about the statement (a bad record, a full disk): those belong to someone else.
 */
export function explainBinderError(thrown: unknown, field: string): Fault | null {
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  if (!userKinds.test(message)) return null
  const [first = '', ...rest] = message.replace(kinds, '').split('\n')
  const candidates = rest.find((line) => /^\s*Candidate/.test(line))
  // The lines that follow show our own generated SQL, which would puzzle.
  const shown = [first, candidates?.trim()].filter((line) => line !== undefined && line !== '').join(' ')
  return configFault('does_not_fit', field, shown, thrown)
}
