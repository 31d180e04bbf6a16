import type { JsonObject, ObjectPart, RowsPart } from '@leat/connector-kit'
import { asJsonPath } from '../json-value.ts'
import type { Output } from './chain.ts'

type Body =
  Omit<ObjectPart, 'checkpoint' | 'verdict' | 'notices'> | Omit<RowsPart, 'checkpoint' | 'verdict' | 'notices'>

/** A page as the engine reads it: its bytes, and where the records are in them. */
export function partOf({ page }: Output, signal: AbortSignal): Body {
  if (page.body.length === 0 || (page.shape.format !== 'file' && page.count === 0))
    return { kind: 'rows', origin: page.label, rows: [] }
  const { envelope } = page
  const bytes = envelope?.lines ?? page.body
  return {
    kind: 'object',
    origin: page.label,
    size: bytes.length,
    format: envelope === null ? formatOf(page.shape.format, page.shape.fileFormat) : 'json_lines',
    options: envelope === null ? readingOf(page) : asLines,
    async *open({ offset = 0, signal: own } = {}) {
      // Whoever reads json_lines wants whole lines; anything else may be left in the middle.
      const step = envelope === null ? pieceBytes : bytes.length
      for (let at = offset; at < bytes.length; at += step) {
        signal.throwIfAborted()
        own?.throwIfAborted()
        yield bytes.subarray(at, at + step)
      }
    },
  }
}

const pieceBytes = 1 << 20

/** The same for every page: the engine sees that nothing changes from one to the next. */
const asLines: JsonObject = { 'json.mode': 'row' }

function formatOf(format: string, fileFormat: string | undefined): string {
  return format === 'file' ? (fileFormat ?? 'csv') : format
}

function readingOf({ shape, path }: Output['page']): JsonObject {
  const { additional } = shape
  if (shape.format === 'file') return {}
  if (shape.format === 'xml')
    return {
      'xml.mode': 'entire.file',
      ...(path === null ? {} : { 'xml.xpath': path }),
      ...(additional === undefined ? {} : { 'xml.xpath.additional': additional }),
    }
  const where = path ?? (additional === undefined ? null : '$')
  return {
    'json.mode': 'entire.file',
    ...(where === null ? {} : { 'json.path': asJsonPath(where) }),
    ...(additional === undefined ? {} : { 'json.path.additional': additional.split(',').map(asJsonPath).join(',') }),
  }
}
