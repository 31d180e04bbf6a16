import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { environmentRecipe, pythonIn } from './python.ts'

/** A parser of the SQL of many databases, https://github.com/tobymao/sqlglot: a check where no server can be had. */
export const sqlglotRecipe = environmentRecipe('sqlglot', 'requirements-sqlglot.txt')

/**
 * Reads one JSON line {dialect, sql} after another and answers each with {problem: text or null}. A statement that it only keeps as text
 * (`Command`) counts as not understood. Options of COPY are not checked by it.
 */
const program = `
import json, sys, logging
import sqlglot
from sqlglot import exp
logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
for line in sys.stdin:
    asked = json.loads(line)
    problem = None
    try:
        statements = sqlglot.parse(asked["sql"], read=asked["dialect"])
        if len(statements) != 1 or statements[0] is None:
            problem = f"{len(statements)} statements instead of one"
        elif statements[0].find(exp.Command):
            problem = "kept as text, not understood"
    except Exception as error:
        problem = f"{type(error).__name__}: {error}"
    print(json.dumps({"problem": problem}), flush=True)
`

export interface SqlParser {
  /** What is wrong with the statement in this dialect (`snowflake`, `postgres` …); null when it parses. */
  problem(dialect: string, sql: string): Promise<string | null>
  stop(): Promise<void>
}

export function startSqlglot(folder: string): SqlParser {
  const child = spawn(pythonIn(folder), ['-c', program], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  let turn: Promise<unknown> = Promise.resolve()
  const ask = async (dialect: string, sql: string): Promise<string | null> => {
    child.stdin.write(`${JSON.stringify({ dialect, sql })}\n`)
    const answer = await lines.next()
    if (answer.done === true) throw new Error('the parser ended')
    return (JSON.parse(answer.value) as { problem: string | null }).problem
  }
  return {
    problem(dialect, sql) {
      const asked = turn.then(() => ask(dialect, sql))
      turn = asked.catch(() => undefined)
      return asked
    },
    async stop() {
      const ended = once(child, 'exit')
      child.stdin.end()
      await ended
    },
  }
}
