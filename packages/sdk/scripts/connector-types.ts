/** TypeScript interfaces from the committed specs of connectors. Pure: reads and writes no files. */

export interface JsonSchema {
  readonly type?: string | readonly string[]
  readonly title?: string
  readonly description?: string
  readonly default?: unknown
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly items?: JsonSchema
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | JsonSchema
}

type Aliases = Readonly<Record<string, string>>

export interface ConnectorSpecFile {
  readonly type: string
  readonly title: string
  readonly description: string
  readonly accepts_credentials?: readonly string[]
  readonly aliases?: { readonly credentials?: Aliases; readonly source?: Aliases; readonly sink?: Aliases }
  readonly credentials?: JsonSchema
  readonly source?: { readonly options: JsonSchema }
  readonly sink?: { readonly options: JsonSchema }
}

/** The generated module. Connectors come in the order of their types, so that a repeat gives the same text. */
export function connectorTypes(specs: readonly ConnectorSpecFile[]): string {
  const sorted = specs.toSorted((a, b) => (a.type < b.type ? -1 : 1))
  const parts = [
    {
      suffix: 'Credentials',
      table: 'CredentialConfigs',
      of: (spec: ConnectorSpecFile) => spec.credentials,
      key: 'credentials',
    },
    { suffix: 'Source', table: 'SourceConfigs', of: (spec: ConnectorSpecFile) => spec.source?.options, key: 'source' },
    { suffix: 'Sink', table: 'SinkConfigs', of: (spec: ConnectorSpecFile) => spec.sink?.options, key: 'sink' },
  ] as const
  const interfaces: string[] = []
  const tables = parts.map(({ suffix, table, of, key }) => {
    const rows = sorted.flatMap((spec) => {
      const schema = of(spec)
      if (!schema) return []
      const name = pascalCase(spec.type) + suffix
      interfaces.push(
        `/** ${spec.title}: \`${tableField[table]}\` */\nexport interface ${name} ${objectType(schema, spec.aliases?.[key])}`,
      )
      return [`  ${property(spec.type)}: ${name}`]
    })
    return `export interface ${table} {\n${rows.join('\n')}\n}`
  })
  const head = '// Generated from connectors/*/*.spec.json by scripts/generate-connector-types.ts. Do not edit.'
  return `${[head, ...tables, ...interfaces].join('\n\n')}\n`
}

const tableField = {
  CredentialConfigs: 'credentials',
  SourceConfigs: 'source_config',
  SinkConfigs: 'sink_config',
} as const

function objectType(schema: JsonSchema, aliases: Aliases = {}): string {
  const required = new Set(schema.required)
  const aliased = new Set(Object.values(aliases))
  const rows = Object.entries(schema.properties ?? {}).map(([name, field]) => {
    // A key that has another spelling cannot be required under this one.
    const optional = !required.has(name) || aliased.has(name)
    return `${comment(field)}  ${property(name)}${optional ? '?' : ''}: ${typeOf(field)}`
  })
  const others = Object.entries(aliases).flatMap(([alias, name]) => {
    const field = schema.properties?.[name]
    if (!field || schema.properties?.[alias]) return []
    return [`  /** The same as \`${name}\`. */\n  ${property(alias)}?: ${typeOf(field)}`]
  })
  return `{\n${[...rows, ...others].join('\n')}\n}`
}

function typeOf(schema: JsonSchema): string {
  if (schema.const !== undefined) return literal(schema.const)
  if (schema.enum) return union(schema.enum.map(literal))
  const choices = schema.anyOf ?? schema.oneOf
  if (choices) return union(choices.map(typeOf))
  if (Array.isArray(schema.type)) return union(schema.type.map((type: string) => typeOf({ ...schema, type })))
  switch (schema.type) {
    case 'string':
      return 'string'
    case 'integer':
    case 'number':
      return 'number'
    case 'boolean':
      return 'boolean'
    case 'null':
      return 'null'
    case 'array':
      return `readonly ${parenthesised(typeOf(schema.items ?? {}))}[]`
    case 'object':
      if (schema.properties) return inlineObject(schema)
      return typeof schema.additionalProperties === 'object'
        ? `Record<string, ${typeOf(schema.additionalProperties)}>`
        : 'Record<string, unknown>'
    default:
      return 'unknown'
  }
}

/** On one line, without comments. */
function inlineObject(schema: JsonSchema): string {
  const required = new Set(schema.required)
  const fields = Object.entries(schema.properties ?? {})
  return `{ ${fields.map(([name, field]) => `${property(name)}${required.has(name) ? '' : '?'}: ${typeOf(field)}`).join('; ')} }`
}

function union(types: readonly string[]): string {
  const distinct = [...new Set(types)]
  return distinct.includes('unknown') ? 'unknown' : distinct.join(' | ')
}

function literal(value: unknown): string {
  return typeof value === 'string' ? quoted(value) : JSON.stringify(value)
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

function parenthesised(type: string): string {
  return type.includes(' | ') ? `(${type})` : type
}

function comment(field: JsonSchema): string {
  const meaning = (field.description ?? field.title ?? '').replace(/([^.…])$/, '$1.')
  const text = [meaning, field.default !== undefined && `Default: \`${JSON.stringify(field.default)}\`.`]
  const words = text.filter(Boolean).join(' ').replaceAll('*/', '*\\/').replaceAll(/\s+/g, ' ')
  return words === '' ? '' : `  /** ${words} */\n`
}

function property(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : quoted(name)
}

function pascalCase(type: string): string {
  return type.replaceAll(/(?:^|_)([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase())
}
