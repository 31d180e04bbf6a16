import { compile, type JSONPathQuery } from 'json-p3'
import { restFault } from './faults.ts'

export type Select = (document: unknown) => readonly unknown[]

const compiled = new Map<string, Select>()

/**
 * A JSONPath (RFC 9535), or a field name or dotted path without the `$` (`meta.next_page`), as a function. Throws `rest.path_invalid`.
 */
export function jsonSelect(path: string): Select {
  let select = compiled.get(path)
  if (select === undefined) compiled.set(path, (select = compilePath(path)))
  return select
}

/** The first value that a path leads to; undefined when there is none. */
export function jsonValue(document: unknown, path: string): unknown {
  return jsonSelect(path)(document)[0]
}

export function asJsonPath(path: string): string {
  const text = path.trim()
  if (text.startsWith('$')) return text
  return text.startsWith('[') ? `$${text}` : `$.${text}`
}

function compilePath(path: string): Select {
  const text = asJsonPath(path)
  const names = simpleNames(text)
  if (names !== null) return (document) => walk(document, names)
  let query: JSONPathQuery
  try {
    query = compile(text)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw restFault('path_invalid', { path, language: 'JSONPath', why }, { cause })
  }
  return (document) => query.query(document as Parameters<JSONPathQuery['query']>[0]).values()
}

/** The members that a path of names leads through to a list: `$.data.items[*]` -> ['data', 'items']; null for any other path. */
export function plainNames(path: string): readonly string[] | null {
  let names = plain.get(path)
  if (names === undefined) plain.set(path, (names = findPlainNames(path)))
  return names
}

const plain = new Map<string, readonly string[] | null>()

function findPlainNames(path: string): readonly string[] | null {
  const names = simpleNames(asJsonPath(path).replace(/\[\*\]$/, ''))
  return names === null || names.includes('*') ? null : names
}

/** `$.data.items[*]` -> ['data', 'items', '*']; null for anything that needs the library. */
function simpleNames(path: string): readonly string[] | null {
  if (!/^\$(\.[A-Za-z_][\w-]*|\[\*\])*$/.test(path)) return null
  return [...path.matchAll(/\.([A-Za-z_][\w-]*)|\[(\*)\]/g)].map(([, name, all]) => name ?? all ?? '')
}

function walk(document: unknown, names: readonly string[]): readonly unknown[] {
  let found: readonly unknown[] = [document]
  for (const name of names) {
    found =
      name === '*'
        ? found.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value) : []))
        : found.flatMap((value) => {
            const member = isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined
            return member === undefined ? [] : [member]
          })
  }
  return found
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** JSON whose whole numbers beyond 2^53 stay exact, as texts: ids and cursors must not lose digits. */
export function parseJson(text: string): unknown {
  if (!/\d{16}/.test(text)) return JSON.parse(text)
  return JSON.parse(text, exact as Parameters<typeof JSON.parse>[1])
}

function exact(_key: string, value: unknown, context: { readonly source?: string }): unknown {
  const { source } = context
  return typeof value === 'number' && source !== undefined && /^-?\d+$/.test(source) && !Number.isSafeInteger(value)
    ? source
    : value
}
