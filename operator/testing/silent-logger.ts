import type { ControllerLogger } from "../controller/logger.ts";

/** A logger that keeps everything to itself. */
export const silentLogger: ControllerLogger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silentLogger };
