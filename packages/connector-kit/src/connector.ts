import type { Connector } from './contract.ts'
import { guardSockets } from './network/socket-guard.ts'

/** Declares a connector. Before its driver is loaded, every socket of the process is guarded: no connector has to think of it. */
export function connector(value: Connector): Connector {
  return {
    ...value,
    load: () => {
      guardSockets()
      return value.load()
    },
  }
}
