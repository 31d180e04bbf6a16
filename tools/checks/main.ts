/**
 * node tools/checks/main.ts [name …]
 *
 * Runs all checks, or those whose names contain one of the words. Ends with 1 when one fails.
 */
import { checks } from './checks.ts'
import { runChecks } from './run-checks.ts'

const words = process.argv.slice(2)
const chosen = words.length === 0 ? checks : checks.filter((check) => words.some((word) => check.name.includes(word)))
if (chosen.length === 0) {
  console.error(`No check is named ${words.join(' or ')}. Checks: ${checks.map((check) => check.name).join(', ')}.`)
  process.exit(2)
}
const results = await runChecks(chosen, (line) => console.log(line))
const failed = results.filter((result) => !result.ok)
console.log(
  failed.length === 0
    ? `${results.length} checks hold`
    : `${failed.length} of ${results.length} checks fail: ${failed.map((result) => result.check.name).join(', ')}`,
)
process.exitCode = failed.length === 0 ? 0 : 1
