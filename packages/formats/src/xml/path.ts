import { Fault } from '@leat/connector-kit'

/** A step of an XPath that can be decided while a document streams by. */
interface Step {
  /** `//`: at any depth. */
  readonly deep: boolean
  readonly name: string
  readonly attributes: readonly (readonly [name: string, value: string | null])[]
}

export interface XmlPath {
  readonly text: string
  readonly steps: readonly Step[]
  /** Name of the attribute that the path ends with. */
  readonly attribute: string | null
}

/** An open element. */
export interface OpenElement {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
}

const token =
  /^(\/\/|\/)?(?:(@)([\w:.-]+)|([\w:.-]+|\*)((?:\[@[\w:.-]+(?:\s*=\s*(?:'[^']*'|"[^"]*"))?\])*)(?:\/text\(\))?)/

/**
 * Location paths over names: `/orders/order`, `//item[@type='x']`, `//*`, ending in an attribute or `text()` where a value is meant. Prefixes are compared as
 * they stand in the document. Throws `config.invalid` on the field for anything else.
 */
export function parseXmlPath(text: string, field: string): XmlPath {
  const steps: Step[] = []
  let attribute: string | null = null
  let rest = text.trim()
  while (rest !== '') {
    const match = token.exec(rest)
    if (match === null || attribute !== null) throw invalid(text, field, rest)
    const [whole, slash = '', , attributeName, name, conditions = ''] = match
    if (attributeName !== undefined) attribute = attributeName
    else
      steps.push({
        deep: slash === '//' || (steps.length === 0 && slash === ''),
        name: name ?? '*',
        attributes: attributesOf(conditions),
      })
    rest = rest.slice(whole.length)
    if (rest !== '' && !rest.startsWith('/')) throw invalid(text, field, rest)
  }
  if (steps.length === 0) throw invalid(text, field, text)
  return { text, steps, attribute }
}

/** Whether the innermost open element is what the path selects. */
export function selects({ steps }: XmlPath, open: readonly OpenElement[]): boolean {
  return endsAt(steps, steps.length - 1, open, open.length - 1)
}

function endsAt(steps: readonly Step[], step: number, open: readonly OpenElement[], depth: number): boolean {
  if (step < 0) return depth < 0
  if (depth < 0) return false
  const { name, attributes, deep } = steps[step]!
  const element = open[depth]!
  if (name !== '*' && name !== element.name) return false
  if (
    !attributes.every(([key, value]) =>
      value === null ? key in element.attributes : element.attributes[key] === value,
    )
  )
    return false
  if (!deep) return endsAt(steps, step - 1, open, depth - 1)
  if (step === 0) return true
  for (let above = depth - 1; above >= 0; above--) if (endsAt(steps, step - 1, open, above)) return true
  return false
}

function attributesOf(conditions: string): Step['attributes'] {
  return [...conditions.matchAll(/\[@([\w:.-]+)(?:\s*=\s*(?:'([^']*)'|"([^"]*)"))?\]/g)].map(
    ([, name, single, double]) => [name ?? '', single ?? double ?? null] as const,
  )
}

function invalid(text: string, field: string, rest: string): Fault {
  return new Fault({
    kind: 'config',
    code: 'config.invalid',
    field,
    message: `${field} is ${JSON.stringify(text)}: not understood at ${JSON.stringify(rest.slice(0, 30))}. Paths of names are: /orders/order, //item[@type='x'], /*/*.`,
  })
}
