import { choicesOf, type Field } from './config-fields.ts'

/**
 * A value in the type that the field wants, when the client sent it in another spelling: "4096", "true", 5432 for a text,
 * `Snappy` for `snappy`. Anything else stays as it is, so that the schema can say what is wrong with it.
 */
export function coerce(field: Field, value: unknown): unknown {
  if (field.safeParse(value).success) return value
  for (const candidate of spellings(field, value)) {
    const result = field.safeParse(candidate)
    // A number that is out of range is a better answer than "this text is not a number".
    if (result.success || result.error.issues.every((issue) => issue.code !== 'invalid_type')) return candidate
  }
  return value
}

function* spellings(field: Field, value: unknown): Iterable<unknown> {
  if (typeof value === 'number' && Number.isFinite(value)) yield String(value)
  if (typeof value === 'boolean') yield String(value)
  if (typeof value !== 'string') return
  const text = value.trim()
  const choices = choicesOf(field)
  if (choices !== undefined) {
    const same = choices.find((choice) => choice.toLowerCase() === text.toLowerCase())
    if (same !== undefined) yield same
    return
  }
  if (/^[+-]?\d+(\.\d+)?$/.test(text)) yield Number(text)
  if (/^(true|false)$/i.test(text)) yield text.toLowerCase() === 'true'
}
