/**
 * node tools/generate-registry.ts [--check]
 *
 * Finds every `connectors/<folder>/src/<type-in-kebab>.connector.ts` and writes what follows from it:
 *   apps/server/src/connectors.gen.ts       the list that the server composes (packages marked `leat.test_only` left out)
 *   apps/server/package.json                the dependencies on those packages
 *   connectors/<folder>/<type>.spec.json    the connector's own description; a diff in it is a review event
 * With --check it writes nothing and fails when anything is out of date.
 */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { glob, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { describeConnector, type Connector } from '@leat/connector-kit'

interface FoundConnector {
  readonly connector: Connector
  readonly exportName: string
  /** `connectors/s3` */
  readonly folder: string
  /** `s3.connector.ts` */
  readonly fileName: string
  readonly packageName: string
  readonly version: string
  readonly testOnly: boolean
}

interface PackageManifest {
  readonly name: string
  readonly version: string
  readonly exports?: Readonly<Record<string, string>>
  readonly leat?: { readonly test_only?: boolean }
}

/** Generated files by path below `root`; null means that the file must not exist. */
export type GeneratedFiles = ReadonlyMap<string, string | null>

const registryFile = 'apps/server/src/connectors.gen.ts'
const serverManifest = 'apps/server/package.json'

export async function generatedFiles(root: string): Promise<GeneratedFiles> {
  const found = await findConnectors(root)
  const shipped = found.filter((entry) => !entry.testOnly)
  const files = new Map<string, string | null>()
  for await (const old of glob('connectors/*/*.spec.json', { cwd: root })) files.set(old, null)
  for (const { connector, folder } of found)
    files.set(
      path.join(folder, `${connector.type}.spec.json`),
      `${JSON.stringify(describeConnector(connector), null, 2)}\n`,
    )
  files.set(registryFile, registrySource(shipped))
  files.set(serverManifest, withDependencies(await readFile(path.join(root, serverManifest), 'utf8'), shipped))
  return files
}

export async function outOfDate(root: string, files: GeneratedFiles): Promise<readonly string[]> {
  const stale: string[] = []
  for (const [file, content] of files) {
    const present = await readFile(path.join(root, file), 'utf8').catch(() => null)
    if (present !== content) stale.push(file)
  }
  return stale
}

async function findConnectors(root: string): Promise<readonly FoundConnector[]> {
  const found: FoundConnector[] = []
  for await (const file of glob('connectors/*/src/*.connector.ts', { cwd: root }))
    found.push(await readConnector(root, file))
  found.sort((left, right) => (left.connector.type < right.connector.type ? -1 : 1))
  for (const [index, { connector, fileName }] of found.entries())
    if (found[index + 1]?.connector.type === connector.type)
      throw new Error(
        `Two connectors have the type "${connector.type}": ${fileName} and ${found[index + 1]?.fileName}.`,
      )
  return found
}

async function readConnector(root: string, file: string): Promise<FoundConnector> {
  const exports: Record<string, unknown> = await import(pathToFileURL(path.join(root, file)).href)
  const connectors = Object.entries(exports).filter((entry): entry is [string, Connector] => isConnector(entry[1]))
  const [only, ...others] = connectors
  if (only === undefined || others.length > 0)
    throw new Error(
      `${file} exports ${connectors.length} connectors; it must export exactly one, made with connector({…}).`,
    )
  const [exportName, connector] = only
  const fileName = path.basename(file)
  const expected = `${connector.type.replaceAll('_', '-')}.connector.ts`
  if (fileName !== expected)
    throw new Error(`${file} holds the connector "${connector.type}"; rename the file to ${expected}.`)
  const folder = path.dirname(path.dirname(file))
  const manifest = JSON.parse(await readFile(path.join(root, folder, 'package.json'), 'utf8')) as PackageManifest
  const testOnly = manifest.leat?.test_only === true
  if (!testOnly && manifest.exports?.['./*.connector.ts'] !== './src/*.connector.ts')
    throw new Error(`${folder}/package.json must have "exports": { "./*.connector.ts": "./src/*.connector.ts" }.`)
  return { connector, exportName, folder, fileName, packageName: manifest.name, version: manifest.version, testOnly }
}

function isConnector(value: unknown): value is Connector {
  return (
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    'load' in value &&
    typeof value.load === 'function'
  )
}

function registrySource(found: readonly FoundConnector[]): string {
  const imports = found.map(
    ({ exportName, packageName, fileName }) => `import { ${exportName} } from '${packageName}/${fileName}'`,
  )
  return [
    '// Generated by tools/generate-registry.ts. Do not edit: add or change a connector and run node tools/generate-registry.ts.',
    "import type { Connector } from '@leat/connector-kit'",
    ...imports,
    '',
    '/** Every connector of this server, by type. Their drivers load when they are used. */',
    'export const connectors: readonly Connector[] = [',
    ...found.map(({ exportName }) => `  ${exportName},`),
    ']',
    '',
  ].join('\n')
}

/** The server's manifest with exactly the connector packages that it imports; everything else stays as it is written. */
function withDependencies(text: string, found: readonly FoundConnector[]): string {
  const manifest = JSON.parse(text) as { dependencies?: Record<string, string> }
  const others = Object.entries(manifest.dependencies ?? {}).filter(
    ([name]) => !name.startsWith('@leat/connector-') || name === '@leat/connector-kit',
  )
  const wanted = new Map([
    ...others,
    ...found.map(({ packageName, version }): [string, string] => [packageName, version]),
  ])
  const dependencies = Object.fromEntries([...wanted].sort(([left], [right]) => (left < right ? -1 : 1)))
  const present = Object.keys(manifest.dependencies ?? {})
  if (present.length === wanted.size && present.every((name) => wanted.get(name) === manifest.dependencies?.[name]))
    return text
  return `${JSON.stringify({ ...manifest, dependencies }, null, 2)}\n`
}

async function main(root: string, checkOnly: boolean): Promise<number> {
  const files = await generatedFiles(root)
  const stale = await outOfDate(root, files)
  if (checkOnly) {
    for (const file of stale) console.error(`out of date: ${file}`)
    if (stale.length > 0) console.error('Run: node tools/generate-registry.ts')
    return stale.length === 0 ? 0 : 1
  }
  for (const file of stale) {
    const content = files.get(file)
    if (typeof content === 'string') await writeFile(path.join(root, file), content)
    else await rm(path.join(root, file))
    console.log(`${typeof content === 'string' ? 'wrote' : 'removed'} ${file}`)
  }
  if (stale.includes(serverManifest)) {
    console.log(
      'apps/server has other connectors now: npm install brings the lock file and the workspace links up to date',
    )
    execFileSync('npm', ['install', '--no-audit', '--no-fund'], { cwd: root, stdio: 'inherit' })
  }
  return 0
}

if (import.meta.main) {
  const root = path.join(import.meta.dirname, '..')
  if (!existsSync(path.join(root, serverManifest))) throw new Error(`${root} is not the repository of Leat.`)
  process.exitCode = await main(root, process.argv.includes('--check'))
}
