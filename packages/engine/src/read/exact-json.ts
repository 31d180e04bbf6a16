/** `JSON.rawJSON` and the source text of a reviver: in Node since 21, not yet in TypeScript's library. */
const exactJson = JSON as unknown as {
  rawJSON(text: string): object
  parse(text: string, reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown): unknown
}

/**
 * JSON text as a value that `JSON.stringify` writes back without loss: a number whose digits a double cannot hold (an integer beyond
 * 2^53, a long decimal) stays as it is written. DuckDB's NaN and infinities, which JSON has no numbers for, become texts, as in the answers
 * of SQL. Throws `SyntaxError` when `text` is not JSON.
 */
export function parseExactly(json: string): unknown {
  const text = /NaN|Infinity/.test(json) ? json.replaceAll(stringOrOddNumber, (found) => quoted(found)) : json
  // The reviver costs time: only a number of 16 digits or more, or with an exponent, can be out of a double's reach.
  if (!/[\d.]{16}|\d[eE]/.test(text)) return JSON.parse(text)
  return exactJson.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && isRounded(value, source) ? exactJson.rawJSON(source) : value,
  )
}

const stringOrOddNumber = /"(?:[^"\\]|\\.)*"|NaN|-?Infinity/g

function quoted(found: string): string {
  return found.startsWith('"') ? found : `"${found}"`
}

/** True when the double stands for another number than the text. */
function isRounded(value: number, source: string): boolean {
  return !Number.isFinite(value) || normalised(String(value)) !== normalised(source)
}

/** One spelling for equal numbers: digits without leading and trailing zeros, and the power of ten of the first of them. */
function normalised(literal: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(literal) ?? []
  const digits = whole + fraction
  const leading = /^0*/.exec(digits)![0].length
  const significant = digits.slice(leading).replace(/0+$/, '')
  return significant === '' ? '0' : `${sign}${significant}e${Number(exponent) + whole.length - leading}`
}
