import { DOMParser, onErrorStopParsing, type Document, type Element, type Node } from '@xmldom/xmldom'
import xpath from 'xpath'
import { restFault } from './faults.ts'

/** An XML document; entities beyond the five of XML are not expanded. Throws what is wrong with it. */
export function parseXml(text: string): Document {
  return new DOMParser({ onError: onErrorStopParsing }).parseFromString(text, 'application/xml')
}

/** What an XPath selects, namespaces by their prefixes as they stand in the document; `count(//item)` gives one text. Throws `rest.path_invalid`. */
export function xmlSelect(node: unknown, path: string): readonly unknown[] {
  try {
    const select = xpath.useNamespaces(namespacesOf(node as Node))
    const found: unknown = select(path, node as never)
    return Array.isArray(found) ? found : [String(found)]
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw restFault('path_invalid', { path, language: 'XPath', why }, { cause })
  }
}

export function xmlText(found: unknown): string {
  return typeof found === 'string' ? found : ((found as Node).textContent ?? '').trim()
}

/** Without a path: the children of the root when they are all alike, else the root. */
export function guessXmlPath(document: unknown): string {
  const root = (document as Document).documentElement
  const names = new Set(
    (root ? Array.from(root.childNodes) : []).filter((node) => node.nodeType === 1).map((node) => node.nodeName),
  )
  return names.size === 1 ? '/*/*' : '/*'
}

/** An element as an object: attributes and children by name, repeated ones as lists, text alone as text. */
export function xmlObject(found: unknown): unknown {
  if (typeof found === 'string') return found
  const node = found as Element
  if (node.nodeType !== 1) return xmlText(node)
  const members: [string, unknown][] = Array.from(node.attributes).map(({ name, value }) => [name, value])
  for (const child of Array.from(node.childNodes))
    if (child.nodeType === 1) members.push([child.nodeName, xmlObject(child)])
  if (members.length === 0) return xmlText(node)
  const object: Record<string, unknown> = {}
  for (const [name, value] of members) {
    const before = object[name]
    if (!Object.hasOwn(object, name)) object[name] = value
    else object[name] = Array.isArray(before) ? [...(before as unknown[]), value] : [before, value]
  }
  return object
}

function namespacesOf(node: Node): Record<string, string> {
  const found: Record<string, string> = {}
  const root = (node.nodeType === 9 ? (node as Document) : node.ownerDocument)?.documentElement
  for (const { name, value } of root ? Array.from(root.attributes) : [])
    if (name.startsWith('xmlns:')) found[name.slice(6)] = value
  return found
}
