import { Fault, scalarNames, type DataType, type Field, type ScalarName, type Schema } from '@leat/connector-kit'
import { quoteIdent } from '../sql.ts'

/** SQL text of a type: `DECIMAL(18,2)`, `STRUCT("id" BIGINT)[]`. `UNKNOWN` is stored as `JSON`. */
export function duckdbType(type: DataType): string {
  switch (type.kind) {
    case 'scalar':
      return type.name === 'UNKNOWN' ? 'JSON' : type.name
    case 'decimal':
      return `DECIMAL(${type.precision},${type.scale})`
    case 'struct':
      return `STRUCT(${type.fields.map((field) => `${quoteIdent(field.name)} ${duckdbType(field.type)}`).join(', ')})`
    case 'list':
      return `${duckdbType(type.element)}[]`
    case 'map':
      return `MAP(${duckdbType(type.key)}, ${duckdbType(type.value)})`
  }
}

/** Rows of `DESCRIBE …` (or of `parquet_schema`-like lists with the same two columns) as a schema. */
export function schemaFromDescribe(rows: readonly Readonly<Record<string, unknown>>[]): Schema {
  return {
    fields: rows.map((row): Field => ({
      name: String(row.column_name),
      type: parseDuckdbType(String(row.column_type)),
    })),
  }
}

const synonyms: Readonly<Record<string, ScalarName>> = {
  'TIMESTAMP WITH TIME ZONE': 'TIMESTAMPTZ',
  TIMESTAMP_S: 'TIMESTAMP',
  TIMESTAMP_MS: 'TIMESTAMP',
  TIMESTAMP_US: 'TIMESTAMP',
  DATETIME: 'TIMESTAMP',
  'TIME WITH TIME ZONE': 'VARCHAR',
  TIMETZ: 'VARCHAR',
  TIME_NS: 'VARCHAR',
  UHUGEINT: 'VARCHAR',
  BIGNUM: 'VARCHAR',
  VARINT: 'VARCHAR',
  BIT: 'VARCHAR',
  NULL: 'UNKNOWN',
  '"NULL"': 'UNKNOWN',
  INT: 'INTEGER',
  REAL: 'FLOAT',
  TEXT: 'VARCHAR',
  STRING: 'VARCHAR',
  BYTEA: 'BLOB',
  GEOMETRY: 'BLOB',
}
const known: ReadonlySet<string> = new Set(scalarNames)

/**
 * The canonical type of DuckDB's type text. Types outside the canonical set become the nearest one that holds every
 * value (ENUM, UHUGEINT, BIT: text); the reader of such a column must cast to `duckdbType` of the result.
 * Throws `unsupported` for what has none (UNION).
 */
export function parseDuckdbType(text: string): DataType {
  const parser = new TypeText(text)
  const type = parser.type()
  parser.end()
  return type
}

class TypeText {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  type(): DataType {
    let type = this.#base()
    for (;;) {
      const suffix = /^\[\d*\]/.exec(this.#text.slice(this.#at))
      if (!suffix) return type
      this.#at += suffix[0].length
      type = { kind: 'list', element: type }
    }
  }

  end(): void {
    if (this.#text.slice(this.#at).trim() !== '') this.#fail()
  }

  #base(): DataType {
    const word = (/^\s*("NULL"|[A-Za-z_0-9]+( WITH TIME ZONE)?)/.exec(this.#text.slice(this.#at)) ?? this.#fail())[0]
    this.#at += word.length
    const name = word.trim().toUpperCase()
    switch (name) {
      case 'STRUCT':
        return { kind: 'struct', fields: this.#list(() => ({ name: this.#name(), type: this.type() })) }
      case 'MAP': {
        const [key, value] = this.#list(() => this.type())
        return { kind: 'map', key: key ?? this.#fail(), value: value ?? this.#fail() }
      }
      case 'DECIMAL':
      case 'NUMERIC': {
        const [precision, scale] = this.#peek('(') ? this.#list(() => this.#integer()) : [18, 3]
        return { kind: 'decimal', precision: precision ?? 18, scale: scale ?? 0 }
      }
      case 'ENUM':
        this.#list(() => this.#literal())
        return { kind: 'scalar', name: 'VARCHAR' }
      default:
        if (known.has(name)) return { kind: 'scalar', name: name as ScalarName }
        return { kind: 'scalar', name: synonyms[name] ?? this.#fail() }
    }
  }

  #list<T>(item: () => T): T[] {
    const items: T[] = []
    this.#expect('(')
    for (;;) {
      items.push(item())
      if (this.#peek(',')) this.#expect(',')
      else break
    }
    this.#expect(')')
    return items
  }

  #name(): string {
    const token = (/^\s*("(?:[^"]|"")*"|[^\s(),]+)\s*/.exec(this.#text.slice(this.#at)) ?? this.#fail())[0]
    this.#at += token.length
    const name = token.trim()
    return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name
  }

  #literal(): void {
    this.#at += (/^\s*'(?:[^']|'')*'/.exec(this.#text.slice(this.#at)) ?? this.#fail())[0].length
  }

  #integer(): number {
    const digits = (/^\s*\d+/.exec(this.#text.slice(this.#at)) ?? this.#fail())[0]
    this.#at += digits.length
    return Number(digits)
  }

  #peek(character: string): boolean {
    return this.#text.slice(this.#at).trimStart().startsWith(character)
  }

  #expect(character: string): void {
    if (!this.#peek(character)) this.#fail()
    this.#at = this.#text.indexOf(character, this.#at) + 1
  }

  #fail(): never {
    throw new Fault({
      kind: 'unsupported',
      code: 'format.type_unsupported',
      message: `The column type ${this.#text} has no counterpart here. Cast the column to text where it is produced.`,
    })
  }
}
