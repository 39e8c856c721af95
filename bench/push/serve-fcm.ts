import { startLocalFcm } from '../../apps/server/src/local/fcm.ts';
import { serveUntilLeft } from '../child.ts';

/* The stand-in for Firebase in a process of its own, so that its time is not taken for the sender's. */

const fcm = await startLocalFcm();
serveUntilLeft(fcm.config, fcm.close);
