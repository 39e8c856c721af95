/** What other modules may use of the notifications. */
export { forgetEndedDevices } from './devices/remove.ts';
export { type Bridge, bridgeChat } from './pusher/bridge.ts';
