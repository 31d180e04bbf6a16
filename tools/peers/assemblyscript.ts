import { execFile } from 'node:child_process'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import type { Recipe } from './cache.ts'

const version = '0.28.20'

/** The compiler of the JSON scanner, https://www.assemblyscript.org. Not a dependency: it weighs 100 MB and whoever only uses Leat never needs it. */
export const assemblyscriptRecipe: Recipe = {
  name: 'assemblyscript',
  stamp: `assemblyscript ${version}`,
  async install(folder) {
    const args = ['install', '--prefix', folder, '--no-audit', '--no-fund', '--silent', `assemblyscript@${version}`]
    await promisify(execFile)('npm', args)
  },
}

export interface AssemblyScript {
  /** The WebAssembly module of one source text. Throws an error with what the compiler said. */
  compile(source: string): Promise<Uint8Array>
}

interface Compiler {
  main(
    args: readonly string[],
    host: { readFile(name: string): string | null; writeFile(name: string, content: Uint8Array): void },
  ): Promise<{ error: Error | null; stderr: { toString(): string } }>
}

const flags = ['-O3', '--runtime', 'stub', '--enable', 'simd', '--noAssert', '--memoryBase', '65536']

export function assemblyscriptIn(folder: string): AssemblyScript {
  return {
    async compile(source) {
      const entry = path.join(folder, 'node_modules/assemblyscript/dist/asc.js')
      const compiler = (await import(pathToFileURL(entry).href)) as Compiler
      let module: Uint8Array | undefined
      const { error, stderr } = await compiler.main(['source.ts', '--outFile', 'module.wasm', ...flags], {
        readFile: (name) => (name === 'source.ts' ? source : null),
        writeFile: (name, content) => void (name === 'module.wasm' && (module = content)),
      })
      if (error !== null || module === undefined)
        throw new Error(`the scanner does not compile: ${stderr.toString()}`, { cause: error })
      return module
    },
  }
}
