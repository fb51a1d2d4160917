extern "C" __attribute__((visibility("default"))) int cofi_plugin_entry() { return 1; }
