import path from 'node:path'
import { boundaries } from './boundaries.ts'
import { bin, commandCheck, root, type Check } from './check.ts'
import { fileLength } from './file-length.ts'
import { generated } from './generated.ts'
import { links } from './links.ts'
import { privatePlaces } from './private-places.ts'
import { promises } from './promises.ts'

/** TypeScript 7 is the native compiler; `typescript` itself stays at 6 for tools that read its API. */
const fastTypeScript = path.join(root, 'node_modules/typescript-7/bin/tsc')

/** Everything that must hold before a commit, cheapest first. */
export const checks: readonly Check[] = [
  privatePlaces,
  fileLength,
  links,
  promises,
  commandCheck(
    'lock file',
    'Run `node tools/complete-lock.ts`; without it `npm ci` refuses the lock file on every machine.',
    process.execPath,
    ['tools/complete-lock.ts', '--check'],
  ),
  commandCheck('format', 'Run `npm run format`.', bin('prettier'), ['--check', '--log-level', 'warn', '.']),
  commandCheck('types', 'Mend the types.', process.execPath, [
    fastTypeScript,
    '-p',
    'tsconfig.json',
    '--pretty',
    'false',
  ]),
  commandCheck(
    'lint',
    'Mend the code; a rule is switched off only in .oxlintrc.json, with everyone in mind.',
    bin('oxlint'),
    ['--type-aware', '--deny-warnings', '--format', 'unix'],
  ),
  boundaries,
  commandCheck('unused code', 'Delete it, or use it.', bin('knip'), ['--no-progress', '--no-config-hints']),
  generated,
]
