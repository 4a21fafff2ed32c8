/** The story that the demo tells: each step does it, and gives the figures of what really happened. */
import { tightTrustPolicy } from '../../shared/core/trust.ts'
import { deliver, expect, said, serve, serveUntilMinted } from './acts.ts'
import { counting, pick } from './figures.ts'
import type { Stage } from './stage.ts'

export interface Step {
  readonly name: string
  readonly title: string
  /** Throws, saying what happened instead, where it is not what should have happened. */
  readonly play: (stage: Stage) => Promise<Told>
}

export interface Told {
  /** What happened, in a sentence. */
  readonly says: string
  readonly [figure: string]: unknown
}

export const STORY: readonly Step[] = [
  {
    name: 'first-refresh',
    title: 'The schedule fires for the first time',
    async play(stage) {
      const { result, figures } = await deliver(stage, 'refreshed', 1)
      expect(figures.mints === 1 && figures.added === 1, figures)
      return {
        says: `the function minted once and stored version 1, which lives until ${result.expiration}`,
        ...pick(figures, 'mints', 'added'),
      }
    },
  },
  {
    name: 'repeated-delivery',
    title: 'The same delivery comes once more',
    async play(stage) {
      const { figures } = await deliver(stage, 'fresh', 1)
      expect(figures.mints === 0 && figures.added === 0, figures)
      return {
        says: 'the function found version 1 fresh: nothing minted, nothing written',
        ...pick(figures, 'mints', 'added'),
      }
    },
  },
  {
    name: 'thousand-requests',
    title: 'A service starts, and 1,000 requests list the bucket',
    async play(stage) {
      const [{ served, listing, tookMs }, figures] = await counting(stage.world, async () => {
        await stage.startService()
        return serve(stage, 1_000)
      })
      expect(figures.bucketListings === 1_000, figures)
      expect(figures.secretReads === 1 && figures.stsCalls === 0, figures)
      return {
        says: `all of them answered after ${(tookMs / 1_000).toFixed(1)} s: 1 read of the secret, no call of STS. ${listing.length} objects: ${listing.join(', ')}`,
        requests: served,
        secretReads: figures.secretReads,
        consumerStsCalls: figures.stsCalls,
        listing,
      }
    },
  },
  {
    name: 'later-refresh',
    title: '25 minutes later the schedule fires again',
    async play(stage) {
      await stage.advance(25)
      const { figures } = await deliver(stage, 'refreshed', 2)
      expect(figures.mints === 1 && figures.destroyed === 0, figures)
      const [{ served }, meanwhile] = await counting(stage.world, () => serve(stage, 100))
      expect(meanwhile.stsCalls === 0, meanwhile)
      return {
        says: 'version 1 was past its refresh age of 20 minutes, so the function stored version 2; version 1 still lives, and stays',
        ...pick(figures, 'mints', 'destroyed'),
        requests: served,
      }
    },
  },
  {
    name: 'dead-version-destroyed',
    title: 'And after 40 more, when version 1 is dead',
    async play(stage) {
      await stage.advance(40)
      const { figures } = await deliver(stage, 'refreshed', 3)
      expect(figures.mints === 1 && figures.destroyed === 1, figures)
      return {
        says: 'the function stored version 3 and destroyed version 1, which nobody can use and which would cost for ever',
        ...pick(figures, 'mints', 'destroyed'),
      }
    },
  },
  {
    name: 'sts-down',
    title: 'STS is down when the next refresh is due',
    async play(stage) {
      // The service finds version 3 by itself: it is not told.
      await serve(stage, 10)
      await stage.advance(25)
      const repair = stage.world.sts.fault({ kind: 'status', status: 503 })
      try {
        const failed = await stage.deliver()
        const error = failed.result.error
        expect(failed.status === 500 && error?.code === 'EXCHANGE_FAILED', said(failed))
        const [{ served }, figures] = await counting(stage.world, () => serve(stage, 100))
        expect(figures.stsCalls === 0, figures)
        return {
          says: `the function answered 500 ${error?.code}, which the scheduler retries; the service served all of ${served} requests all the same`,
          functionStatus: failed.status,
          code: error?.code,
          message: error?.message,
          requests: served,
          consumerStsCalls: figures.stsCalls,
        }
      } finally {
        repair()
      }
    },
  },
  {
    name: 'fallback',
    title: 'The schedule stays away until 3 minutes before the end',
    async play(stage) {
      await stage.advance(32)
      // Requests go on while the exchange runs beside them; what it brings, the later ones use.
      const [served, figures] = await counting(stage.world, () => serveUntilMinted(stage))
      expect(figures.consumerExchanges === 1 && figures.mints === 1, figures)
      await stage.advance(5)
      const [late, after] = await counting(stage.world, () => serve(stage, 10))
      expect(after.consumerExchanges === 0, after)
      return {
        says: `with nothing newer in the secret the service minted for itself, once, and served all of ${served} requests meanwhile; 5 minutes later version 3 is dead, and it still serves`,
        requests: served + late.served,
        consumerExchanges: figures.consumerExchanges,
        mints: figures.mints,
      }
    },
  },
  {
    name: 'refused-role',
    title: 'The trust policy that everyone writes first: accounts.google.com:aud = sts.amazonaws.com',
    async play(stage) {
      stage.world.sts.setTrustPolicy(stage.world.roleArn, FIRST_TRY)
      const [refused, figures] = await counting(stage.world, () => stage.deliver())
      const error = refused.result.error
      expect(refused.status === 500 && error?.code === 'EXCHANGE_REFUSED', said(refused))
      expect(figures.mints === 0 && figures.added === 0, figures)
      return {
        says: `AWS refuses, and the user reads: ${error?.code}: ${error?.message}`,
        functionStatus: refused.status,
        code: error?.code,
        message: error?.message,
        ...pick(figures, 'mints', 'added'),
      }
    },
  },
  {
    name: 'accepted-role',
    title: 'The one that works: accounts.google.com:sub and :oaud',
    async play(stage) {
      const { sts, roleArn, broker, app } = stage.world
      sts.setTrustPolicy(roleArn, tightTrustPolicy([broker, app], { audience: 'sts.amazonaws.com' }))
      const { figures } = await deliver(stage, 'refreshed', 4)
      expect(figures.mints === 1, figures)
      return { says: 'the function stored version 4', ...pick(figures, 'mints', 'added', 'destroyed') }
    },
  },
]

/** AWS compares `:aud` with the token's `azp`, which is never the audience that was asked for. */
const FIRST_TRY = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Federated: 'accounts.google.com' },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { StringEquals: { 'accounts.google.com:aud': 'sts.amazonaws.com' } },
    },
  ],
}
