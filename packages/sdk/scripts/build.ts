import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { writeDeclarations } from './declarations.ts'

/**
 * Makes dist/, the published shape: one ESM file, its types, and a manifest whose only dependency is zod. Node runs the sources of
 * this repository as they are, but refuses TypeScript inside node_modules.
 */
const root = new URL('../', import.meta.url)
const path = (name: string) => fileURLToPath(new URL(name, root))
const entry = path('src/index.ts')

await rm(path('dist'), { recursive: true, force: true })
await mkdir(path('dist'))

await using bundle = await rolldown({ input: entry, external: /^zod(\/|$)/, platform: 'neutral', treeshake: true })
await bundle.write({ file: path('dist/index.js'), format: 'esm' })

await writeDeclarations({ entry, from: path('..'), to: path('dist/types') })

const manifest = JSON.parse(await readFile(path('package.json'), 'utf8')) as Record<string, unknown> & {
  dependencies: Record<string, string>
}
const { name, version, license, description, type, dependencies } = manifest
await writeFile(
  path('dist/package.json'),
  `${JSON.stringify(
    {
      name,
      version,
      description,
      license,
      type,
      exports: { '.': { types: './types/sdk/src/index.d.ts', default: './index.js' } },
      types: './types/sdk/src/index.d.ts',
      sideEffects: false,
      engines: { node: '>=20' },
      dependencies: { zod: dependencies.zod },
    },
    null,
    2,
  )}\n`,
)
await copyFile(path('README.md'), path('dist/README.md'))
