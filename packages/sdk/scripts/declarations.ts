import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, relative } from 'node:path'
import ts from 'typescript'

/** Bare names of this repository that declarations must not mention, and the sources below `from` that they stand for. */
const inlined = { '@leat/contract': 'contract/src/index' } as const

/**
 * Writes the declarations of `entry` and of everything that it imports from the folder `from`, in the same tree below `to`.
 * Imports of sources (`./a.ts`) become imports of what is published (`./a.js`). Throws when the sources do not compile.
 */
export async function writeDeclarations({
  entry,
  from,
  to,
}: {
  entry: string
  from: string
  to: string
}): Promise<void> {
  // By its path a workspace counts as a source; by its name it would be a library, of which nothing is written.
  const paths = Object.fromEntries(Object.entries(inlined).map(([name, source]) => [name, [`${from}/${source}.ts`]]))
  const output = { noEmit: false, declaration: true, emitDeclarationOnly: true, rootDir: from, outDir: to, paths }
  const { options, errors } = ts.convertCompilerOptionsFromJson({ ...readBaseOptions(), ...output }, from)
  const program = ts.createProgram([entry], options)
  const files = new Map<string, string>()
  const { diagnostics } = program.emit(undefined, (name, text) => files.set(name, text))
  const problems = [...errors, ...ts.getPreEmitDiagnostics(program), ...diagnostics]
  if (problems.length > 0) throw new Error(ts.formatDiagnostics(problems, formatHost))
  for (const [name, text] of files) {
    await mkdir(dirname(name), { recursive: true })
    await writeFile(name, publishedImports(text, dirname(name), to))
  }
}

function publishedImports(text: string, folder: string, root: string): string {
  return text.replaceAll(/(from |import\()(['"])([^'"]+)\2/g, (whole, before: string, quote: string, name: string) => {
    if (name.startsWith('.')) return before + quote + name.replace(/\.ts$/, '.js') + quote
    const source = inlined[name as keyof typeof inlined]
    if (source === undefined) return whole
    const path = relative(folder, `${root}/${source}.js`).replaceAll('\\', '/')
    return before + quote + (path.startsWith('.') ? path : `./${path}`) + quote
  })
}

function readBaseOptions(): object {
  const { config } = ts.readConfigFile(
    new URL('../../../tsconfig.base.json', import.meta.url).pathname,
    ts.sys.readFile,
  )
  return (config as { compilerOptions: object }).compilerOptions
}

const formatHost: ts.FormatDiagnosticsHost = {
  getCanonicalFileName: (name) => name,
  getCurrentDirectory: () => process.cwd(),
  getNewLine: () => '\n',
}
