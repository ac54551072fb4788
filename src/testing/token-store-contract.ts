import type { StoreContractCase } from './token-store-contract-case.ts'
import { lockContract } from './token-store-lock-contract.ts'
import { recordContract } from './token-store-record-contract.ts'
import { subscribeContract } from './token-store-subscribe-contract.ts'

export type { CreateStores, StoreContractCase } from './token-store-contract-case.ts'

/**
 * What every `TokenStore` promises, as cases for any test runner. It does not test durability: a runner of tests
 * cannot crash.
 *
 * @example
 * for (const { name, run } of tokenStoreContract()) test(name, () => run(() => [myStore(), myStore()]))
 */
export function tokenStoreContract(): readonly StoreContractCase[] {
  return [...recordContract, ...lockContract, ...subscribeContract]
}
