// Everything that the server process needs, as one module: it loads while PostgreSQL starts.
export { firstStart, JobQueue, Leader, migrate, openDatabase, openVault } from '@leat/control-plane'
export { openApi } from './open-api.ts'
export { Supervisor } from './supervisor.ts'
