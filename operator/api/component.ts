import { z } from "zod";
import { imageReference } from "./container.ts";
import { envFromList, envList } from "./env.ts";
import { componentSchedulingSchema } from "./pod.ts";

const MAX_COMPONENT_VARIABLES = 100;
const MAX_COMPONENT_SOURCES = 20;

/** What every component may have of its own beside what the app as a whole has. */
export const componentFields = {
  env: envList(MAX_COMPONENT_VARIABLES)
    .default([])
    .describe("Environment variables of this component alone; they stand after those of spec.env, and win over them."),
  envFrom: envFromList(MAX_COMPONENT_SOURCES)
    .default([])
    .describe("ConfigMaps and Secrets whose keys become variables of this component alone; they win over those of spec.envFrom."),
  scheduling: componentSchedulingSchema
    .optional()
    .describe("Where the pods of this component run: each field that is given replaces that of spec.scheduling. Default: as the app."),
};

/** The image of a component, of the same release as the app. */
export const componentImage = imageReference()
  .optional()
  .describe("Image of this component, with a tag or digest; it is part of the same release. Default: spec.image.");

/** What a component has of its own. */
export interface ComponentSettings extends z.output<z.ZodObject<typeof componentFields>> {
  readonly image?: string | undefined;
}
