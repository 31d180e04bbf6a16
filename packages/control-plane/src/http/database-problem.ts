import { ApiProblem } from './api-problem.ts'

/** Answers to what PostgreSQL says, by SQLSTATE. https://www.postgresql.org/docs/18/errcodes-appendix.html */
const byState: Readonly<Record<string, readonly ['invalid' | 'conflict' | 'unavailable', string]>> = {
  '22021': ['invalid', 'A text holds a character that cannot be stored (U+0000). Remove it.'],
  '22P05': ['invalid', 'A text holds a character that cannot be stored (U+0000). Remove it.'],
  '22003': ['invalid', 'A number is too large.'],
  '22007': ['invalid', 'A day or time does not exist. Give a UTC day such as 2026-11-30.'],
  '22008': ['invalid', 'A day or time does not exist. Give a UTC day such as 2026-11-30.'],
  '23503': [
    'conflict',
    'Something that this depends on was deleted, or something that depends on it was made, at the same moment. Look again, then repeat.',
  ],
  '40001': ['unavailable', 'Another request changed the same things at the same moment. Repeat this one.'],
  '40P01': ['unavailable', 'Another request changed the same things at the same moment. Repeat this one.'],
  '53100': [
    'unavailable',
    'The disk of the control database is full; nothing was changed. Free some space, then repeat.',
  ],
  '53200': ['unavailable', 'The control database is out of memory; nothing was changed. Repeat in a moment.'],
  '53300': ['unavailable', 'The control database has no free connection. Repeat in a moment.'],
  '57P01': ['unavailable', 'The control database is restarting. Repeat in a moment.'],
  '57P02': ['unavailable', 'The control database is restarting. Repeat in a moment.'],
  '57P03': ['unavailable', 'The control database is starting. Repeat in a moment.'],
}

const lostConnection = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', '08000', '08001', '08003', '08006'])

/** What a failed statement means for the caller; null when it is a bug of ours (or no database error at all). */
export function databaseProblem(thrown: unknown): ApiProblem | null {
  if (!(thrown instanceof Error)) return null
  const code = (thrown as { code?: unknown }).code
  if (typeof code === 'string') {
    const known = byState[code]
    if (known) return new ApiProblem(known[0], known[1], { cause: thrown })
    if (lostConnection.has(code)) return unreachable(thrown)
  }
  if (/^Connection terminated|timeout exceeded when trying to connect/.test(thrown.message)) return unreachable(thrown)
  return null
}

function unreachable(cause: Error): ApiProblem {
  return new ApiProblem(
    'unavailable',
    'The control database does not answer. Repeat in a moment; /health/ready says when it is back.',
    { cause },
  )
}
