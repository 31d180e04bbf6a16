export { chaos } from './chaos.connector.ts'
export { resetChaos } from './chaos-driver.ts'
export { failurePoints } from './failure-options.ts'
export type { Failure, FailurePoint } from './failure-options.ts'
