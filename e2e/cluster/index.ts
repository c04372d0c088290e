// The only entry of this package: what is not here is nobody's but its own.
export { startControlPlane } from "./control-plane/control-plane.ts";
export type { ControlPlane, ControlPlaneOptions } from "./control-plane/control-plane.ts";
export { parseAuditLines, readAuditLog } from "./control-plane/audit.ts";
export type { AuditEvent, AuditReading } from "./control-plane/audit.ts";
export { startComponent } from "./control-plane/component.ts";
export type { Component } from "./control-plane/component.ts";
export { defaultClusterName, deleteCluster, ensureCluster, isUp } from "./cluster.ts";
export type { Cluster, ClusterOptions } from "./cluster.ts";
export { gateway, installGateway } from "./gateway.ts";
export { loadImages, provideImages } from "./images.ts";
export { standIns } from "./images/catalogue.ts";
export type { Image } from "./images/catalogue.ts";
export { copySources, isIgnored } from "./content-hash.ts";
export { argoRolloutsCrds, ensureTools, gatewayApiCrds } from "./toolchain/toolchain.ts";
export { kubernetesVersion } from "./toolchain/recipes.ts";
export type { ToolName } from "./toolchain/recipes.ts";
export { buildGoProgram } from "./toolchain/go-build.ts";
export { note, step } from "./progress.ts";
