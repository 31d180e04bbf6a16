import { isUtf8 } from 'node:buffer'
import { Fault } from '@leat/connector-kit'
import { jsonText } from '../slow/fit.ts'
import { ArrayNode, JsonSyntaxError, ObjectNode, parseJson, type JsonNode } from './parse.ts'
import { lastName, select, type JsonPath } from './path.ts'

const flushBytes = 1 << 20

/**
 * Lines of the records that `path` finds in one document; an array counts as its elements. The first value of each `additional` path is copied into
 * every record under the last name of that path (`name_2` where the record has such a field already). What is no object is
 * yielded as it is, and refused by the reader.
 */
export function* recordsAt(document: Buffer, path: JsonPath, additional: readonly JsonPath[]): Generator<Uint8Array> {
  if (document.length === 0) return
  const source = readDocument(document)
  const root = parse(source)
  const extra = additional.map((one) => ({
    name: lastName(one),
    text: flat(select(root, one).next().value ?? null, source),
  }))
  let lines = ''
  for (const found of select(root, path)) {
    for (const node of found instanceof ArrayNode ? found.items : [found]) {
      lines += `${withExtra(node, source, extra)}\n`
      if (lines.length > flushBytes) {
        yield Buffer.from(lines)
        lines = ''
      }
    }
  }
  if (lines !== '') yield Buffer.from(lines)
}

function readDocument(document: Buffer): string {
  if (isUtf8(document)) return document.toString('utf8')
  throw broken('utf8.invalid', 'it is not valid UTF-8')
}

function parse(source: string): JsonNode {
  try {
    return parseJson(source)
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error
    throw broken(
      'json.malformed',
      `${error.message} at character ${error.at + 1}, near ${JSON.stringify(source.slice(Math.max(0, error.at - 20), error.at + 20))}`,
    )
  }
}

function broken(code: string, why: string): Fault {
  return new Fault({ kind: 'data', code, message: `The document cannot be read: ${why}. Deliver a corrected file.` })
}

function withExtra(node: JsonNode, source: string, extra: readonly { name: string; text: string }[]): string {
  const text = flat(node, source)
  if (!(node instanceof ObjectNode) || extra.length === 0) return text
  const taken = new Set(node.keys)
  const members = extra.map(({ name, text: value }) => {
    let free = name
    for (let number = 2; taken.has(free); number++) free = `${name}_${number}`
    taken.add(free)
    return `${JSON.stringify(free)}:${value}`
  })
  const body = text.slice(1, -1).trim().replace(/,$/, '')
  return `{${body}${body === '' ? '' : ','}${members.join(',')}}`
}

/** JSON text on one line: newlines stand only between tokens. */
function flat(node: JsonNode, source: string): string {
  return jsonText(node, source).replace(/[\r\n]/g, ' ')
}
