import { Fault } from '@leat/connector-kit'
import { ArrayNode, ObjectNode, type JsonNode } from './parse.ts'

/** A parsed JSONPath (RFC 9535 without filters). */
export interface JsonPath {
  readonly text: string
  readonly steps: readonly Step[]
}

interface Step {
  /** `..`: at any depth. */
  readonly deep: boolean
  readonly selectors: readonly Selector[]
}

type Selector =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'all' }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'slice'; readonly start: number | null; readonly end: number | null; readonly step: number }

/** Throws `config.invalid` on `json.path` with the place of the error. */
export function parseJsonPath(text: string, field = 'json.path'): JsonPath {
  const steps: Step[] = []
  let rest = text.trim()
  const fail = (why: string): never => {
    throw new Fault({
      kind: 'config',
      code: 'config.invalid',
      field,
      message: `${field} is ${JSON.stringify(text)}: ${why}${rest === '' ? '' : ` at ${JSON.stringify(rest.slice(0, 30))}`}. Examples: $.data.items[*], $['order list'][0], $..order.`,
    })
  }
  if (!rest.startsWith('$')) fail('a path starts with $')
  rest = rest.slice(1)
  while (rest !== '') {
    const deep = rest.startsWith('..')
    if (deep) rest = rest.slice(2)
    else if (rest.startsWith('.')) rest = rest.slice(1)
    else if (!rest.startsWith('[')) fail('a "." or "[" is expected')
    const bracketed = rest.startsWith('[')
    const match = bracketed ? bracket.exec(rest) : dotted.exec(rest)
    if (!match)
      return fail(
        /^\[\s*\?/.test(rest)
          ? 'filters are not supported; select all with [*] and use a filter transform'
          : "a name, [n], [*], [a:b] or ['name'] is expected",
      )
    rest = rest.slice(match[0].length)
    steps.push({
      deep,
      selectors: bracketed
        ? selectorsOf(match[1] ?? '')
        : [match[0] === '*' ? { kind: 'all' } : { kind: 'name', name: match[0] }],
    })
  }
  return { text, steps }
}

/** Several paths, separated by commas or vertical bars outside of brackets. */
export function parseJsonPaths(text: string): readonly JsonPath[] {
  const parts = text.match(/(?:\[(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\]'"])*\]|[^,|[])+/g) ?? []
  return parts.filter((part) => part.trim() !== '').map((part) => parseJsonPath(part, 'json.path.additional'))
}

const item = `(?:'(?:[^'\\\\]|\\\\.)*'|"(?:[^"\\\\]|\\\\.)*"|\\*|-?\\d*\\s*:\\s*(?:-?\\d+)?(?:\\s*:\\s*(?:-?\\d+)?)?|-?\\d+)`
const bracket = new RegExp(`^\\[\\s*(${item}(?:\\s*,\\s*${item})*)\\s*\\]`)
const dotted = /^(?:\*|[\p{L}_][\p{L}\p{N}_-]*)/u

function selectorsOf(list: string): Selector[] {
  return [...list.matchAll(new RegExp(item, 'g'))].map(([text]): Selector => {
    if (text === '*') return { kind: 'all' }
    if (text.startsWith("'")) return { kind: 'name', name: unescape(text.slice(1, -1)) }
    if (text.startsWith('"')) return { kind: 'name', name: unescape(text.slice(1, -1)) }
    if (!text.includes(':')) return { kind: 'index', index: Number(text) }
    const [start = '', end = '', step = ''] = text.split(':').map((part) => part.trim())
    return {
      kind: 'slice',
      start: start === '' ? null : Number(start),
      end: end === '' ? null : Number(end),
      step: step === '' ? 1 : Number(step),
    }
  })
}

function unescape(text: string): string {
  return text.replace(/\\(u[\da-fA-F]{4}|.)/g, (_, code: string) => {
    if (code.startsWith('u') && code.length === 5) return String.fromCharCode(Number.parseInt(code.slice(1), 16))
    return { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' }[code] ?? code
  })
}

/** Name of the value that a path leads to: its last name, or `value`. */
export function lastName(path: JsonPath): string {
  for (const { selectors } of path.steps.toReversed())
    for (const selector of selectors) if (selector.kind === 'name') return selector.name
  return 'value'
}

/** Every node that the path selects, in document order. */
export function* select(root: JsonNode, path: JsonPath): Generator<JsonNode> {
  yield* walk(root, path.steps, 0)
}

function* walk(node: JsonNode, steps: readonly Step[], index: number): Generator<JsonNode> {
  const step = steps[index]
  if (!step) {
    yield node
    return
  }
  for (const selector of step.selectors)
    for (const child of children(node, selector)) yield* walk(child, steps, index + 1)
  if (step.deep) for (const child of children(node, { kind: 'all' })) yield* walk(child, steps, index)
}

function children(node: JsonNode, selector: Selector): readonly JsonNode[] {
  if (node instanceof ObjectNode) {
    if (selector.kind === 'all') return node.values
    const value = selector.kind === 'name' ? node.get(selector.name) : undefined
    return value === undefined ? [] : [value]
  }
  if (!(node instanceof ArrayNode) || selector.kind === 'name') return []
  if (selector.kind === 'all') return node.items
  if (selector.kind === 'slice') return slice(node.items, selector)
  const value = node.items.at(selector.index)
  return value === undefined ? [] : [value]
}

function slice(items: readonly JsonNode[], { start, end, step }: Extract<Selector, { kind: 'slice' }>): JsonNode[] {
  if (step === 0) return []
  const at = (value: number) => (value < 0 ? items.length + value : value)
  const clamp = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high)
  const found: JsonNode[] = []
  const forwards = step > 0
  const first = clamp(
    at(start ?? (forwards ? 0 : items.length - 1)),
    forwards ? 0 : -1,
    forwards ? items.length : items.length - 1,
  )
  const last =
    end === null
      ? forwards
        ? items.length
        : -1
      : clamp(at(end), forwards ? 0 : -1, forwards ? items.length : items.length - 1)
  for (let index = first; forwards ? index < last : index > last; index += step) {
    const node = items[index]
    if (node !== undefined) found.push(node)
  }
  return found
}
