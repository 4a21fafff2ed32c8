/** The functions `refresh` (HTTP) and `refreshOnEvent` (CloudEvent), registered with Google's framework. */
import { cloudEvent, http } from '@google-cloud/functions-framework'
import { eventRefresh } from './event-refresh.ts'
import { httpRefresh } from './http-refresh.ts'
import { lazyBroker } from './lazy-broker.ts'
import { createLog } from './log.ts'

const log = createLog()
const broker = lazyBroker(log)

http('refresh', httpRefresh(broker, log))
cloudEvent('refreshOnEvent', eventRefresh(broker, log))
