/**
 * JSON without loss: integers beyond 2^53 are read as `bigint` and written as they are. (The source text of a number is
 * there since Node 21 and in current browsers; elsewhere such numbers are rounded, as `JSON.parse` does.)
 */

type RawJson = (text: string) => unknown
const rawJson = (JSON as { rawJSON?: RawJson }).rawJSON

function keepBigIntegers(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value
  const text = context?.source
  return text !== undefined && /^-?\d+$/.test(text) ? BigInt(text) : value
}

/** Throws `SyntaxError` when `text` is not JSON. */
export function parseJson(text: string): unknown {
  // The reviver costs time: it is needed only where a number of 16 digits or more may be.
  return /\d{16}/.test(text)
    ? JSON.parse(text, keepBigIntegers as (key: string, value: unknown) => unknown)
    : JSON.parse(text)
}

export function stringifyJson(value: unknown, space?: number): string {
  const replacer = (_key: string, item: unknown) =>
    typeof item === 'bigint' ? (rawJson ? rawJson(String(item)) : String(item)) : item
  return JSON.stringify(value, replacer, space)
}
