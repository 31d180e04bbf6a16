/**
 * node tools/generate-docs.ts [--check]
 *
 * Writes docs/reference/connectors/<type>.md from the connectors' spec files (the same schemas that validate), docs/reference/functions.md
 * from the table of functions and docs/reference/errors.md from the table of problems. `--check` fails when one is out of date.
 */
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { problems } from '../packages/contract/src/problem-codes.ts'
import { functionUsages } from '../packages/transforms/src/expression/functions.ts'

interface Property {
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly default?: unknown
  readonly title?: string
  readonly description?: string
  readonly secret?: boolean
  readonly unused?: string
  readonly anyOf?: readonly Property[]
}
interface ObjectSchema {
  readonly properties?: Readonly<Record<string, Property>>
  readonly required?: readonly string[]
}
interface Spec {
  readonly type: string
  readonly title: string
  readonly description: string
  readonly category: string
  readonly accepts_credentials?: readonly string[]
  readonly credentials?: ObjectSchema
  readonly aliases?: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly source?: { readonly options: ObjectSchema; readonly modes: readonly string[] }
  readonly sink?: { readonly options: ObjectSchema; readonly accepts: readonly string[]; readonly delivery: string }
}

const root = path.resolve(import.meta.dirname, '..')
const check = process.argv.includes('--check')
const stale: string[] = []
const specs = globSync('connectors/*/*.spec.json', { cwd: root })
  .filter((file) => !isTestOnly(path.dirname(file)))
  .map((file) => JSON.parse(readFileSync(path.join(root, file), 'utf8')) as Spec)
  .toSorted((a, b) => a.type.localeCompare(b.type))

for (const spec of specs) emit(`docs/reference/connectors/${spec.type}.md`, page(spec))
emit('docs/reference/connectors/README.md', index(specs))
emit('docs/reference/functions.md', functionsPage())
emit('docs/reference/errors.md', errorsPage())
for (const file of globSync('docs/reference/connectors/*.md', { cwd: root }))
  if (path.basename(file) !== 'README.md' && !specs.some((spec) => `${spec.type}.md` === path.basename(file)))
    drop(file)
if (stale.length > 0) {
  console.error(`out of date: ${stale.join(', ')}. Run npm run generate.`)
  process.exit(1)
}

function isTestOnly(folder: string): boolean {
  const manifest = JSON.parse(readFileSync(path.join(root, folder, 'package.json'), 'utf8')) as {
    leat?: { test_only?: boolean }
  }
  return manifest.leat?.test_only === true
}

function emit(file: string, text: string): void {
  const target = path.join(root, file)
  let before = ''
  try {
    before = readFileSync(target, 'utf8')
  } catch {
    // new
  }
  if (before === text) return
  if (check) stale.push(file)
  else {
    mkdirSync(path.dirname(target), { recursive: true })
    writeFileSync(target, text)
    console.log(`written: ${file}`)
  }
}

function drop(file: string): void {
  if (check) return void stale.push(file)
  rmSync(path.join(root, file))
  console.log(`removed: ${file}`)
}

function index(all: readonly Spec[]): string {
  const rows = all.map(
    (spec) =>
      `| [\`${spec.type}\`](${spec.type}.md) | ${spec.title} | ${spec.source ? 'yes' : ''} | ${spec.sink?.delivery ?? ''} |`,
  )
  return `<!-- Generated from the connectors' schemas; do not edit. -->\n\n# Connectors\n\n| Type | | Source | Sink delivers |\n|---|---|---|---|\n${rows.join('\n')}\n`
}

function functionsPage(): string {
  const lines = functionUsages().map((usage) => `- \`${usage}\``)
  return `<!-- Generated from the table of functions; do not edit. -->\n\n# Functions of expressions\n\nSee [transforms](transforms.md). Square brackets: may be left out.\n\n${lines.join('\n')}\n`
}

function errorsPage(): string {
  const rows = Object.values(problems).map(
    ({ code, status, title, next }) => `| \`${code}\` | ${status} | ${escaped(title)} | ${escaped(next)} |`,
  )
  return `<!-- Generated from the table of problems; do not edit. -->\n\n# Errors of the API\n\nHow an error looks: [api](api.md#errors).\n\n| \`error_code\` | Status | What | What to do |\n|---|---|---|---|\n${rows.join('\n')}\n`
}

function page(spec: Spec): string {
  const parts = [
    `<!-- Generated from the connector's schemas; do not edit. -->\n\n# ${spec.title} (\`${spec.type}\`)\n\n${spec.description}`,
    spec.credentials
      ? section('Credentials', '`credentials` of a credential.', spec.credentials, spec.aliases?.['credentials'])
      : '## Credentials\n\nNone needed.',
  ]
  if (spec.accepts_credentials?.length)
    parts.push(`Credentials of these types are accepted too: ${code(spec.accepts_credentials)}.`)
  if (spec.source)
    parts.push(
      section(
        'Source',
        `\`source_config\` of a source. Modes: ${code(spec.source.modes)}.`,
        spec.source.options,
        spec.aliases?.['source'],
      ),
    )
  if (spec.sink)
    parts.push(
      section(
        'Destination',
        `\`sink_config\` of a destination. Delivery: \`${spec.sink.delivery}\`. Encodings: ${code(spec.sink.accepts)}.`,
        spec.sink.options,
        spec.aliases?.['sink'],
      ),
    )
  return `${parts.join('\n\n')}\n`
}

function section(
  title: string,
  intro: string,
  schema: ObjectSchema,
  aliases: Readonly<Record<string, string>> = {},
): string {
  const rows = Object.entries(schema.properties ?? {}).map(([name, property]) =>
    row(name, property, schema.required ?? []),
  )
  const also = Object.entries(aliases).map(([alias, key]) => `\`${alias}\` → \`${key}\``)
  const table = `| Key | Type | Needed | Default | Meaning |\n|---|---|---|---|---|\n${rows.join('\n')}`
  return `## ${title}\n\n${intro}\n\n${table}${also.length > 0 ? `\n\nOther spellings that are understood: ${also.join(', ')}.` : ''}`
}

function row(name: string, property: Property, required: readonly string[]): string {
  const needed = required.includes(name) && property.default === undefined ? 'yes' : ''
  const standard = property.default === undefined ? '' : `\`${JSON.stringify(property.default)}\``
  const unused = property.unused === undefined ? '' : `*No effect: ${property.unused}*`
  const meaning = [property.title, property.description, property.secret === true ? '*secret*' : '', unused]
    .filter(Boolean)
    .join('. ')
  return `| \`${name}\` | ${typeOf(property)} | ${needed} | ${standard} | ${escaped(meaning)} |`
}

function typeOf(property: Property): string {
  if (property.enum) return property.enum.map((value) => escaped(`\`${String(value)}\``)).join(', ')
  if (property.anyOf) return property.anyOf.map(typeOf).join(' or ')
  return Array.isArray(property.type) ? property.type.join(' or ') : String(property.type ?? 'any')
}

function code(values: readonly string[]): string {
  return values.map((value) => `\`${value}\``).join(', ')
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}
