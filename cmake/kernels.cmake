# Kernels of a processor family lie in backend/cpu/FAMILY; each file isa_*.cpp compiles every kernel once, for one
# instruction set, in a namespace of its own. Included before the layers.
set(isa_flags_avx2 -mavx2 -mfma -mf16c -mbmi2)
set(isa_flags_avx2_vnni ${isa_flags_avx2} -mavxvnni)
set(isa_flags_avx512_bw ${isa_flags_avx2} -mavx512f -mavx512bw -mavx512dq -mavx512vl)
set(isa_flags_avx512 ${isa_flags_avx512_bw} -mavx512vnni)
set(isa_flags_amx ${isa_flags_avx512} -mamx-tile -mamx-int8 -mamx-bf16)
set(isa_flags_neon -march=armv8.2-a+dotprod)
set(isa_flags_neon_i8mm -march=armv8.2-a+dotprod+i8mm)

if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set(HEARTH_OTHER_FAMILIES "/cpu/arm/")
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  set(HEARTH_OTHER_FAMILIES "/cpu/x86/")
else()
  message(FATAL_ERROR "no kernels for ${CMAKE_SYSTEM_PROCESSOR}: add a folder src/backend/cpu/FAMILY")
endif()
foreach(isa IN ITEMS x86/isa_avx2 x86/isa_avx2_vnni x86/isa_avx512_bw x86/isa_avx512 x86/isa_amx arm/isa_neon arm/isa_neon_i8mm)
  string(REGEX REPLACE ".*isa_" "" name ${isa})
  set_source_files_properties(${CMAKE_SOURCE_DIR}/src/backend/cpu/${isa}.cpp PROPERTIES
    COMPILE_OPTIONS "${isa_flags_${name}}" SKIP_PRECOMPILE_HEADERS ON)
endforeach()
