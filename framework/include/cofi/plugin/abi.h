/* The binary contract between the runner and a plugin: plain C, so that it can be read from a
 * plugin of any age. A plugin exports `cofi_plugin_entry` (a cofi_plugin) and `cofi_build_tag`
 * (text, see build_tag.hpp) and nothing else. Only the fields up to build_tag, the frozen prefix,
 * may be read before abi_version and build_tag have been compared. */
#ifndef COFI_PLUGIN_ABI_H
#define COFI_PLUGIN_ABI_H

#include <stdint.h>

#define COFI_MAGIC UINT32_C(0x49464f43) /* "COFI" */
#define COFI_ABI_VERSION 1u

/* What a parameter's value is, and whether it is one, a list of them or a map of names to them. */
enum cofi_type { COFI_INT, COFI_REAL, COFI_BOOL, COFI_STRING, COFI_PLUGIN_TYPE };
enum cofi_shape { COFI_ONE, COFI_LIST, COFI_MAP };

/* One parameter: the only source of its parsing, default, checking and documentation. */
typedef struct cofi_param {
  const char* name;
  int32_t type;         /* cofi_type */
  int32_t shape;        /* cofi_shape; maps are of plugins only */
  const char* kind;     /* of a nested plugin: "model", ...; else null */
  const char* fallback; /* the default as YAML text, "null" for not set; null: required */
  double low, high;     /* inclusive range of numbers (each element of a list) */
  const char* choices;  /* allowed strings, "a|b|c"; null: any */
  int32_t late;         /* 1: matters only after the fit, so that one fit serves every value */
  const char* doc;      /* one line */
} cofi_param;

/* What of a spec a plugin makes use of (bits): models the `train` and `optimizer` blocks, metrics
 * that rank items the keys of `evaluate` that say which items and how. */
enum cofi_uses {
  COFI_USES_NOTHING = 0,
  COFI_USES_TRAIN = 1,
  COFI_USES_OPTIMIZER = 2,
  COFI_USES_RANKING = 4
};

typedef struct cofi_plugin {
  /* frozen prefix */
  uint32_t magic;        /* COFI_MAGIC */
  uint32_t struct_size;  /* sizeof(cofi_plugin) */
  uint32_t abi_version;  /* COFI_ABI_VERSION */
  const char* build_tag; /* == cofi_build_tag */
  /* the rest: meaningful only where the prefix agrees */
  const char* kind;
  const char* name;
  const char* version;
  const char* summary;
  const cofi_param* params;
  uint32_t param_count;
  uint32_t uses;                       /* cofi_uses */
  void* (*create)(const void* params); /* a cofi::Params; returns the interface's pointer */
} cofi_plugin;

#endif
