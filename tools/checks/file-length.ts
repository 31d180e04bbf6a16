import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { root, sourceFiles, type Check } from './check.ts'

const wish = 400
const limit = 700

/** A file over 400 lines wants splitting; over 700 it must be split. Generated files and tests have their own measure. */
export const fileLength: Check = {
  name: 'file length',
  remedy: `Split the file: one export with its own test reads better than ${limit} lines.`,
  async run() {
    const long: { file: string; lines: number }[] = []
    for (const file of await sourceFiles()) {
      if (!/\.(ts|tsx|css|py)$/.test(file) || /\.gen\.ts$|\.test\.ts$|(^|\/)tests?\//.test(file)) continue
      const text = await readFile(path.join(root, file), 'utf8').catch(() => '')
      const lines = text.split('\n').length - 1
      if (lines > wish) long.push({ file, lines })
    }
    long.sort((a, b) => b.lines - a.lines)
    return {
      ok: long.every(({ lines }) => lines <= limit),
      lines: long.map(({ file, lines }) => `${file}: ${lines} lines`),
    }
  },
}
