import type { Field } from '@leat/connector-kit'

/**
 * Column names and the keys of records. DuckDB compares column names without case and knows no empty name, JSON
 * objects may hold `Name` beside `name` and `""`. At the top level the later spelling gets a column of its own: `name_2`
 * (`_3` when that is taken), `""` becomes `_empty`. The rule can be read backwards from the schema alone, so that
 * no mapping has to be stored. (Nested objects with such keys are kept as JSON.)
 */
const emptyColumn = '_empty'

/** The key of the records that a column holds. */
export function keyOf(name: string, fields: readonly Field[]): string {
  if (name === emptyColumn) return ''
  const [, base, number] = /^(.*)_(\d+)$/s.exec(name) ?? []
  if (base === undefined || Number(number) < 2) return name
  const folded = fold(base)
  const taken = fields.some((field) => field.name !== base && fold(field.name) === folded)
  return taken || (base === emptyColumn && fields.some((field) => field.name === emptyColumn)) ? base : name
}

/** Column for a key that no column of `names` holds yet. */
export function columnFor(key: string, names: Iterable<string>): string {
  const taken = new Set([...names].map(fold))
  const wanted = key === '' ? emptyColumn : key
  if (!taken.has(fold(wanted)) && !(key === emptyColumn)) return wanted
  for (let number = 2; ; number++) if (!taken.has(fold(`${wanted}_${number}`))) return `${wanted}_${number}`
}

/** False for a key with NUL in it: neither DuckDB nor PostgreSQL has such a name. */
export function isColumnName(key: string): boolean {
  return !key.includes('\0')
}

/** Names as DuckDB compares them: ASCII letters without case. */
export function fold(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}
