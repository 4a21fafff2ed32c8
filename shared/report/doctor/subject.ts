/** What the doctor looks at, and for whom. */
import type { ExchangeOptions } from '../../core/exchange.ts'
import type { Target } from '../../core/target.ts'

/** For whom it is checked: `publisher` is a consumer that may also write what it minted. */
export type DoctorRole = 'writer' | 'consumer' | 'publisher'

export interface Subject {
  readonly name: string
  /** Absent where the exchange is made directly, without a secret. */
  readonly secret?: string
  /** Absent for a reader without a fallback. */
  readonly exchange?: ExchangeOptions
  /** As the writer keeps it. */
  readonly schedule?: Target
  /** Why the schedule cannot keep its promise to consumers. */
  readonly promise?: string
}
