/**
 * Milliseconds to wait according to a `Retry-After` header: seconds or an HTTP date (RFC 9110 §10.2.3). Undefined when it is
 * missing or says nothing that can be understood; a date in the past is 0.
 */
export function parseRetryAfter(header: string | undefined, now: number = Date.now()): number | undefined {
  const text = header?.trim() ?? ''
  if (/^\d+(\.\d+)?$/.test(text)) return Math.round(Number(text) * 1000)
  if (!/^[A-Za-z]{3}/.test(text)) return undefined
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
