# SPDX-License-Identifier: GPL-3.0-or-later
# cmake -DROOT=FOLDER -P check_layers.cmake: nobody includes from a layer above or beside his own.
cmake_minimum_required(VERSION 3.25)

function(forbid pattern)  # in the folders that follow
    foreach(folder IN LISTS ARGN)
        file(GLOB_RECURSE sources ${ROOT}/${folder}/*.h ${ROOT}/${folder}/*.cpp)
        foreach(source IN LISTS sources)
            file(STRINGS ${source} offences REGEX "^[ \t]*#[ \t]*include[ \t]*(${pattern})")
            if(offences)
                message(SEND_ERROR "${source} reaches outside its layer: ${offences}")
            endif()
        endforeach()
    endforeach()
endfunction()

set(qt "[<\"](Q[A-Z]|Qt|qcustomplot)")
set(window_libraries "[<\"](igraph|qcustomplot)")

forbid("\"\\.\\.?/" engine widgets app tests)  # Paths begin at the root, and show the layer.
forbid("\"tests/" engine widgets app)
forbid("${qt}|${window_libraries}|[<\"]CLI|\"(app|widgets)/" engine)
forbid("[<\"](nlohmann/|zip)" engine/base engine/tensor engine/ops engine/graph engine/autograd engine/codegen)
forbid("\"app/|[<\"](CLI|igraph)" widgets)
forbid("[<\"]qcustomplot" app widgets/canvas widgets/inspector widgets/palette widgets/player widgets/theme)
forbid("${qt}|${window_libraries}|\"widgets/|\"app/([a-z_]*\\.h|layout/)" app/cli)

set(above io codegen)  # engine: base <- tensor <- ops <- graph <- autograd <- io, codegen
foreach(module IN ITEMS autograd graph ops tensor base)
    list(JOIN above "|" higher)
    forbid("\"engine/(${higher})/" engine/${module})
    list(APPEND above ${module})
endforeach()
forbid("\"engine/codegen/" engine/io)
forbid("\"engine/io/" engine/codegen)
