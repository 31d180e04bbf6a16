import { portOf, reachableHost, type Environment } from '../connection.ts'
import { UsageError } from '../usage-error.ts'

/** What of the caller's environment a demo goes by. */
export interface DemoSettings {
  /** LEAT_PORT; 0 or undefined: any free one. */
  readonly port: number | undefined
  /** Host of the server's URL. */
  readonly host: string
  /** The environment of the server, but for what the demo sets. */
  readonly env: Environment
  /** Names of what was given and is left out. */
  readonly unused: readonly string[]
}

/** The demo stands on its own: another database, store or key, or what a real server may reach, must not come in. */
const own = ['DATABASE_URL', 'LEAT_STORE', 'LEAT_MASTER_KEY', 'LEAT_LOCAL_FOLDERS', 'LEAT_PUBLIC_URL']
const elsewhere = /^NEXLA_|^LEAT_(DATA|PORT|LOG)$/

/** Throws `UsageError` for what no server of a demo can work with. */
export function demoSettings(env: Environment): DemoSettings {
  if (env.LEAT_WORKERS?.trim() === '0')
    throw new UsageError(
      'LEAT_WORKERS "0" is not valid for a demo: nothing would move. Use 1 or more, or leave it out.',
    )
  return {
    port: portOf(env),
    host: reachableHost(env),
    env: Object.fromEntries(Object.entries(env).filter(([name]) => !own.includes(name) && !elsewhere.test(name))),
    unused: own.filter((name) => Boolean(env[name]?.trim())),
  }
}
