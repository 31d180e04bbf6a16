/**
 * `copy_text`: the text that PostgreSQL's COPY writes, used by every SQL source for typed rows (`ObjectPart.format`, with `schema`).
 *
 * One record a line, ending with \n; fields apart by a tab; NULL is `\N`; in text `\\`, `\t`, `\n`, `\r`, `\b`, `\f`, `\v` stand for the
 * backslash and the control characters. So a line end is always the end of a record, and the empty text is not NULL.
 * A record of one field ends with a tab, so that no record is an empty line.
 *
 *   numbers       decimal digits, exponents, NaN, Infinity, -Infinity
 *   booleans      true, false, t, f
 *   DATE … TIME   ISO 8601 with a space or T, fractions up to microseconds; TIMESTAMPTZ with offset; infinity, -infinity
 *   BLOB          hexadecimal digits
 *   nested, JSON  JSON text; inside of it, numbers of exact types (decimals, 64 bits) may stand as JSON strings
 */
const special = /[\\\t\n\r\b\f\v]/
const escapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  '\b': '\\b',
  '\f': '\\f',
  '\v': '\\v',
}

function field(value: string | null): string {
  if (value === null) return '\\N'
  return special.test(value) ? value.replaceAll(/[\\\t\n\r\b\f\v]/g, (found) => escapes[found] ?? found) : value
}

/** Rows of a driver that gives rows, as copy_text in chunks of about 256 KB. */
export async function* copyTextOf(
  rows: AsyncIterable<readonly (string | null)[]> | Iterable<readonly (string | null)[]>,
): AsyncGenerator<Uint8Array> {
  let text = ''
  for await (const row of rows) {
    text += `${row.map(field).join('\t')}${row.length === 1 ? '\t' : ''}\n`
    if (text.length < 256 << 10) continue
    yield Buffer.from(text)
    text = ''
  }
  if (text !== '') yield Buffer.from(text)
}
