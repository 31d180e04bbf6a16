/** node tools/compile-scanner.ts: packages/formats/scanner/tokens.as -> packages/formats/src/json/tokens.gen.ts, when the source has changed. */
import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { isMissing, peer } from './peers/peer.ts'

const formats = path.join(import.meta.dirname, '../packages/formats')
const target = path.join(formats, 'src/json/tokens.gen.ts')
const source = await readFile(path.join(formats, 'scanner/tokens.as'), 'utf8')
const stamp = createHash('sha256').update(source).digest('hex').slice(0, 16)
const before = await readFile(target, 'utf8').catch(() => '')
if (!before.includes(stamp)) {
  const compiler = await peer('assemblyscript')
  if (isMissing(compiler)) throw new Error(compiler.missing)
  const module = Buffer.from(await compiler.compile(source)).toString('base64')
  await writeFile(
    target,
    `// Written by tools/compile-scanner.ts from scanner/tokens.as (${stamp}).\n/** WebAssembly, Base64. */\nexport const tokens =\n  '${module}'\n`,
  )
}
