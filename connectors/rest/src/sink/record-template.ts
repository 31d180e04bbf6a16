import { isRecord } from '../json-value.ts'
import { escapeXml, toXml } from './record-xml.ts'

export type TemplateForm = 'url' | 'json' | 'xml'

/** A record as it is delivered: its JSON text, and its values with numbers as they were written. */
export interface DeliveredRecord {
  readonly line: string
  readonly values: Readonly<Record<string, unknown>>
}

/** Thrown for a record that has no value where a URL needs one. */
export class MissingValue extends Error {}

const placeholder = /\{message\.(json|xml)\}|\{record\.([^{}]+)\}/g

/** A number of any length keeps its digits. */
interface RawJson {
  readonly rawJSON: string
}
const json = JSON as typeof JSON & { rawJSON(text: string): RawJson; isRawJSON(value: unknown): value is RawJson }

export function parseRecord(line: string): DeliveredRecord {
  const values = JSON.parse(line, ((_key: string, value: unknown, { source }: { source?: string }) =>
    typeof value === 'number' && source !== undefined ? json.rawJSON(source) : value) as never) as unknown
  return { line, values: isRecord(values) ? values : {} }
}

/**
 * Fills `{record.<path>}`, `{message.json}` and `{message.xml}`. In JSON a value stands between quotes as text and elsewhere as JSON, whatever it holds: no
 * value can end the text that it stands in. A record without the value has `null` there; in a URL that is a `MissingValue`.
 */
export function fillRecord(template: string, record: DeliveredRecord, form: TemplateForm): string {
  return template.replace(placeholder, (whole, message: string | undefined, path: string | undefined, at: number) => {
    if (message === 'json') return form === 'xml' ? escapeXml(record.line) : record.line
    if (message === 'xml') return toXml('record', record.values)
    const value = valueAt(record.values, path!.trim())
    if (form === 'url') {
      if (value === undefined || value === null || value === '')
        throw new MissingValue(`the record has no "${path}", which ${whole} in "url.template" needs`)
      const text = textOf(value)
      return at === 0 ? text : encodeURIComponent(text)
    }
    if (form === 'xml') return value === undefined || value === null ? '' : escapeXml(textOf(value))
    if (!insideText(template, at)) return value === undefined ? 'null' : JSON.stringify(value)
    return value === undefined || value === null ? '' : JSON.stringify(textOf(value)).slice(1, -1)
  })
}

function valueAt(values: Readonly<Record<string, unknown>>, path: string): unknown {
  if (Object.hasOwn(values, path)) return values[path]
  let at: unknown = values
  for (const step of path.split('.')) {
    if (Array.isArray(at)) at = at[Number(step)] as unknown
    else if (isRecord(at) && !json.isRawJSON(at) && Object.hasOwn(at, step)) at = at[step]
    else return undefined
  }
  return at
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** True when an odd number of quotes stands before the place. */
function insideText(template: string, at: number): boolean {
  let inside = false
  for (let index = 0; index < at; index++) {
    if (template[index] === '\\') index++
    else if (template[index] === '"') inside = !inside
  }
  return inside
}
