/** What other modules may use of the notifications. */
export { forgetEndedDevices } from './devices/remove.ts';
